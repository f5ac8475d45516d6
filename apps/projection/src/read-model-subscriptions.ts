import { upstreamCode } from '@replicante/contracts';
import type { EventBus } from '@replicante/event-bus';
import type { EventStore, StoredEvent } from '@replicante/event-store';
import {
  activateGeneration,
  followedGenerations,
  isProjected,
  isRefusal,
  openGeneration,
  putSamples,
  readModelsProjection,
  readModelsSink,
  rowChangeKey,
  subscriptionOf,
  type DatabaseOptions,
  type FollowedGeneration,
  type OpenSource,
} from '@replicante/read-models';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import { Subscription } from '@replicante/subscriptions';
import type { ProjectionMetrics } from './metrics.js';
import { consumeSamples } from './sample-consumer.js';
import type { SubscriptionHost } from './subscription-host.js';

/** How soon a rebuild that somebody asked for begins. */
const LOOK_EVERY_MS = 2_000;

export interface ReadModelSubscriptionsOptions {
  readonly host: SubscriptionHost;
  readonly control: OpenSource;
  readonly database: DatabaseOptions;
  readonly store: EventStore;
  readonly bus: EventBus;
  readonly metrics: ProjectionMetrics;
  readonly logger: Logger;
}

/** Hosts the subscriptions of each generation that is read or being built: rows from events, rows from samples. */
export class ReadModelSubscriptions {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly options: ReadModelSubscriptionsOptions) {}

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        .catch((error: unknown) =>
          this.options.logger.warn(errorKeys(error), 'the generations of the read models cannot be read'),
        )
        .finally(() => (this.#looking = undefined));
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { host, control } = this.options;
    const followed = await followedGenerations(control);
    for (const generation of followed)
      if (!host.hosts(subscriptionOf(generation.generation))) await this.#host(generation);
    const names = new Set(followed.flatMap(f => [subscriptionOf(f.generation), samplesOf(f.generation)]));
    for (const { name } of host.list())
      if (name.startsWith('read-models-') && !names.has(name)) await host.remove(name);
  }

  async #host({ generation, building }: FollowedGeneration): Promise<void> {
    const { host, control, database, store, bus, metrics, logger } = this.options;
    const rows = await openGeneration(database, generation, { bulk: building });
    const name = subscriptionOf(generation);
    const project = readModelsProjection(upstreamCode);
    const counted = (event: StoredEvent) => {
      if (!isProjected(event.type)) metrics.unknownTypes.inc({ type: event.type });
      return project(event);
    };
    const observer = metrics.observer(name);
    const sink = readModelsSink(rows, name, { bulk: building });
    const subscription = new Subscription({
      name,
      source: store,
      project: counted,
      foldKey: rowChangeKey,
      sink,
      rebuilding: building,
      onHeadReached: async signal => {
        const began = performance.now();
        await sink.complete(signal);
        const ms = Math.round(performance.now() - began);
        logger.info({ subscription: name, ms }, 'the rows are in and their indexes are made');
      },
      onCaughtUp: async () => {
        await activateGeneration(control, generation);
        logger.info({ subscription: name }, 'the read models caught up and are read from now on');
      },
      observer: {
        ...observer,
        onPoison: poison => {
          observer.onPoison?.(poison);
          logger.error(
            {
              subscription: name,
              event_id: poison.event.id,
              event_type: poison.event.type,
              ...errorKeys(poison.error),
            },
            'an event cannot be projected and was put aside',
          );
        },
        onFault: error =>
          logger.warn({ subscription: name, ...errorKeys(error) }, 'a subscription cannot tell its state'),
        onPhase: (phase, message) =>
          logger.info({ subscription: name, phase, reason: message }, 'subscription'),
      },
    });
    const samples = {
      bus,
      group: samplesOf(generation),
      put: (values: Parameters<typeof putSamples>[1]) => putSamples(rows, values),
      isRefusal,
      count: (result: 'kept' | 'refused', n: number) => metrics.samples.inc({ result }, n),
      logger,
    };
    // Before the rows' own subscription, which closes them: a generation's work ends in this order.
    host.add({ name: samplesOf(generation), run: signal => consumeSamples(samples, signal) });
    host.add({
      name,
      run: signal => subscription.run(signal),
      state: () => subscription.state(),
      close: () => rows.destroy(),
    });
  }
}

const samplesOf = (generation: number): string => `${subscriptionOf(generation)}.samples`;
