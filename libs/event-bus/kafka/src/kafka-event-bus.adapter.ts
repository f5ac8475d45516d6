import { checkRecords, EventBusError, partitionOf } from '@replicante/event-bus';
import type {
  BusRecord,
  BusSubscription,
  EventBus,
  EventBusCapabilities,
  SubscribeOptions,
  TopicConfig,
} from '@replicante/event-bus';
import { OrderedProducer, type KafkaAdmin, type KafkaClient } from '@replicante/kafka-client';
import { randomUUID } from 'node:crypto';
import { busError } from './bus-error.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { GroupPlaces, PrivatePlaces, type PlacesParts } from './places.js';
import type { TopicLayout } from './topic-layout.js';

export interface KafkaEventBusParts {
  readonly open: () => KafkaClient;
  readonly admin: KafkaAdmin;
  readonly layout: TopicLayout;
  readonly groupName: (group: string) => string;
  readonly publishTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly maxWaitMs: number;
  readonly metadataMaxAgeMs: number;
  readonly onError: (error: unknown) => void;
}

/** A join of those who stay, once the broker has given the silent one up. */
const JOIN_MS = 1_000;

/** The port on Kafka; opened by `openKafkaEventBus`. */
export class KafkaEventBus implements EventBus {
  readonly capabilities: EventBusCapabilities;
  readonly #parts: KafkaEventBusParts;
  readonly #producer: OrderedProducer;
  readonly #subscriptions = new Set<KafkaSubscription>();
  #closed: Promise<void> | undefined;

  constructor(parts: KafkaEventBusParts) {
    this.#parts = parts;
    const { open, publishTimeoutMs, sessionTimeoutMs, heartbeatMs, metadataMaxAgeMs, layout } = parts;
    this.capabilities = { durable: true, takeoverBoundMs: sessionTimeoutMs + 2 * heartbeatMs + JOIN_MS };
    this.#producer = new OrderedProducer({
      open,
      timeoutMs: publishTimeoutMs,
      metadataMaxAgeMs,
      expectedPartitions: topic => layout.partitionsOf(topic),
    });
  }

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    await this.#attempt(() => this.#parts.layout.ensure(topics));
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    checkRecords(records);
    const { layout } = this.#parts;
    const topics = [...new Set(records.map(({ topic }) => topic))];
    try {
      await this.#attempt(async () => {
        await layout.know(topics);
        await this.#producer.send(
          records.map(({ topic, key, value, headers }) => {
            const name = layout.nameOf(topic);
            const partition = partitionOf(key, layout.partitionsOf(name) ?? 1);
            return { topic: name, partition, key, value, ...(headers !== undefined && { headers }) };
          }),
        );
      });
    } catch (error) {
      // Deleted, perhaps made again: what this process knows of it is no longer true.
      if (error instanceof EventBusError && error.code === 'TOPIC_UNKNOWN') layout.forget(topics);
      throw error;
    }
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    const subscription = await this.#attempt(() => this.#open(options));
    if (this.#closed !== undefined) {
      await subscription.close();
      throw closedError();
    }
    this.#subscriptions.add(subscription);
    return {
      ready: subscription.ready,
      close: async () => {
        this.#subscriptions.delete(subscription);
        await subscription.close();
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([
      this.#producer.close(),
      ...[...this.#subscriptions].map(subscription => subscription.close()),
    ]);
    this.#subscriptions.clear();
    this.#parts.admin.close();
  }

  async #open(options: SubscribeOptions): Promise<KafkaSubscription> {
    const { layout, admin, groupName, ...rest } = this.#parts;
    await layout.know(options.topics);
    const names = new Map(options.topics.map(topic => [layout.nameOf(topic), topic]));
    const topics = [...names.keys()];
    const placesParts: PlacesParts = {
      admin,
      topics,
      from: options.from ?? 'latest',
      knownPartitions: topic => layout.partitionsOf(topic) ?? 0,
    };
    const shared = {
      ...rest,
      topics,
      portName: (topic: string) => names.get(topic) ?? topic,
      handler: options.handler,
      met: ({ topic, partition }: { topic: string; partition: number }) => layout.met(topic, partition),
      onError: options.onError ?? this.#parts.onError,
    };
    if (options.group !== undefined) {
      const groupId = groupName(options.group);
      const places = new GroupPlaces({ ...placesParts, groupId });
      return new KafkaSubscription({ ...shared, groupId, places, done: undefined });
    }
    const places = await PrivatePlaces.decide(placesParts);
    const groupId = groupName(`private.${randomUUID()}`);
    return new KafkaSubscription({ ...shared, groupId, places, done: place => places.done(place) });
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw closedError();
    try {
      return await work();
    } catch (error) {
      throw busError(error);
    }
  }
}

const closedError = (): EventBusError =>
  new EventBusError('BUS_UNAVAILABLE', 'the event bus client is closed');
