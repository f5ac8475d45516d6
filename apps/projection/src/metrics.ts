import type { EventStore } from '@replicante/event-store';
import type { SubscriptionObserver, SubscriptionState } from '@replicante/subscriptions';
import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What can be told of a subscription that this instance hosts. */
export interface Hosted {
  readonly name: string;
  readonly leading: boolean;
  /** Absent: its positions are not the event store's (samples). */
  readonly state?: () => SubscriptionState;
}

/** What `projection` counts. Lag is told when scraped. */
export class ProjectionMetrics {
  readonly samples: Counter<'result'>;
  readonly #batch: Histogram<'subscription'>;
  readonly #events: Counter<'subscription'>;
  readonly #poison: Counter<'subscription'>;
  readonly #restarts: Counter<'subscription'>;
  readonly unknownTypes: Counter<'type'>;

  constructor(register: Registry, store: EventStore, hosted: () => readonly Hosted[]) {
    const registers = [register];
    const labelNames = ['subscription'] as const;
    this.#batch = new Histogram({
      name: 'replicante_subscription_batch_duration_seconds',
      help: 'Writing one batch; it was projected while the one before was written.',
      labelNames,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.#events = new Counter({
      name: 'replicante_subscription_events_total',
      help: 'Events taken.',
      labelNames,
      registers,
    });
    this.#poison = new Counter({
      name: 'replicante_subscription_dead_letters_total',
      help: 'Events put aside because they could not be taken.',
      labelNames,
      registers,
    });
    this.#restarts = new Counter({
      name: 'replicante_subscription_restarts_total',
      help: 'Times that a subscription lost its source or sink, or fell silent, and began again.',
      labelNames,
      registers,
    });
    this.unknownTypes = new Counter({
      name: 'replicante_subscription_unknown_events_total',
      help: 'Events of types that this release does not know: listed, and nothing else.',
      labelNames: ['type'],
      registers,
    });
    this.samples = new Counter({
      name: 'replicante_samples_total',
      help: 'Samples taken from the bus: kept, or refused because malformed.',
      labelNames: ['result'],
      registers,
    });
    const gauge = (
      name: string,
      help: string,
      collect: (this: Gauge<'subscription'>) => Promise<void> | void,
    ) => new Gauge({ name, help, labelNames, registers, collect });
    gauge('replicante_subscription_leading', '1 when this instance runs the subscription.', function () {
      this.reset();
      for (const { name, leading } of hosted()) this.set({ subscription: name }, leading ? 1 : 0);
    });
    gauge('replicante_subscription_lag_events', 'Events between position and head.', async function () {
      this.reset();
      for (const { name, position } of led(hosted()))
        this.set({ subscription: name }, await store.countAfter(position));
    });
    gauge('replicante_subscription_position', 'Position reached, where positions are numbers.', function () {
      this.reset();
      for (const { name, position } of led(hosted())) setNumber(this, name, position);
    });
    gauge(
      'replicante_subscription_head',
      'Head of the store, where positions are numbers.',
      async function () {
        this.reset();
        const head = await store.head();
        for (const { name } of led(hosted())) setNumber(this, name, head);
      },
    );
  }

  observer(subscription: string): SubscriptionObserver {
    return {
      onBatch: ({ events, ms }) => {
        this.#batch.observe({ subscription }, ms / 1_000);
        this.#events.inc({ subscription }, events);
      },
      onPoison: () => this.#poison.inc({ subscription }),
      onRestart: () => this.#restarts.inc({ subscription }),
    };
  }
}

const led = (hosted: readonly Hosted[]) =>
  hosted.flatMap(h => (h.leading && h.state ? [{ name: h.name, position: h.state().position }] : []));

function setNumber(gauge: Gauge<'subscription'>, subscription: string, position: string | undefined): void {
  if (position === undefined || /^\d+$/.test(position)) gauge.set({ subscription }, Number(position ?? 0));
}
