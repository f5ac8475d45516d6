import {
  PartitionAssigners,
  type Consumer,
  type EachBatchPayload,
  type Offsets,
  type PartitionAssigner,
  type RequestEvent,
} from 'kafkajs';
import { pause, within } from './deadline.js';
import type { GroupConsumerOptions, Place, TopicPartition } from './group-consumer.js';
import type { KafkaClient } from './kafka-client.js';
import { isPassing, KafkaClientError } from './kafka-fault.js';

/** Begins nothing so long before the others may take this member for dead. */
const MARGIN_MS = 500;
const PLACES_BACKOFF_MS = { first: 100, most: 2_000 };
const BYTES = { perPartition: 1_048_576, perFetch: 10_485_760 };

/** One kafkajs consumer, from its connection to its crash or its end. */
export class ConsumerLife {
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #over = new AbortController();
  /** Grows with every assignment: what was begun for an older one is stale. */
  #round = 0;
  #heardAt = performance.now();
  /** When the newest request that renews the session was sent, and the same of those that were granted. */
  #askedAt = 0;
  #grantedAt = Number.NEGATIVE_INFINITY;
  /** Since when it has let go of its partitions to join again; until then its records have nowhere to go. */
  #joiningAt: number | undefined;
  #commitNow: ((offsets: Offsets) => Promise<void>) | undefined;
  #closing = false;

  constructor(private readonly options: GroupConsumerOptions) {
    const { groupId, sessionTimeoutMs, heartbeatMs, rebalanceTimeoutMs, maxWaitMs, metadataMaxAgeMs } =
      options;
    this.#client = options.open();
    this.#consumer = this.#client.kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition: BYTES.perPartition,
      maxBytes: BYTES.perFetch,
      metadataMaxAge: metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      partitionAssigners: [this.#assigner()],
      // Every crash ends this life, and the next one begins from nothing: one way back instead of two.
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Resolves with what ended it; when that was the signal, it has left the group. */
  async run(signal: AbortSignal): Promise<unknown> {
    const { topics, requestTimeoutMs, rebalanceTimeoutMs } = this.options;
    const ended = this.#ended(signal);
    try {
      const start = async () => {
        await this.#consumer.connect();
        // A place before what retention has left is followed by the oldest record there is, never by the newest.
        await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
        await this.#consumer.run({ autoCommit: false, eachBatch: payload => this.#receive(payload) });
      };
      const started = within(2 * requestTimeoutMs + rebalanceTimeoutMs, start(), 'joining the group');
      const reason = await Promise.race([ended, started.then(() => ended)]);
      return reason;
    } catch (error) {
      return error;
    } finally {
      await this.#end();
    }
  }

  isSure(): boolean {
    if (this.#closing || this.#over.signal.aborted) return false;
    return performance.now() < this.#grantedAt + this.options.sessionTimeoutMs - MARGIN_MS;
  }

  async commit(places: readonly Place[]): Promise<void> {
    if (this.#over.signal.aborted) throw new KafkaClientError('UNAVAILABLE', 'the consumer has ended');
    const commit = this.#commitNow?.(offsetsOf(places)) ?? this.#consumer.commitOffsets([...places]);
    await within(this.options.requestTimeoutMs, commit, 'committing offsets');
  }

  pause(partitions: readonly TopicPartition[]): void {
    if (this.#over.signal.aborted || partitions.length === 0) return;
    this.#consumer.pause(byTopic(partitions));
  }

  resume(partitions: readonly TopicPartition[]): void {
    if (this.#over.signal.aborted || partitions.length === 0) return;
    this.#consumer.resume(byTopic(partitions));
  }

  /** What ends this life: a crash, a silence that kafkajs does not notice, or whoever closes. */
  #ended(signal: AbortSignal): Promise<unknown> {
    const { rebalanceTimeoutMs, requestTimeoutMs, sessionTimeoutMs } = this.options;
    const { events } = this.#consumer;
    return new Promise<unknown>(resolve => {
      const over = this.#over.signal;
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over });
      if (signal.aborted) resolve(undefined);
      this.#consumer.on(events.CRASH, ({ payload }) => resolve(payload.error));
      this.#consumer.on(events.REQUEST, event => this.#heard(event));
      this.#consumer.on(events.HEARTBEAT, () => {
        this.#grantedAt = this.#askedAt;
      });
      this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
        this.#grantedAt = this.#askedAt;
        this.#assigned(payload.memberAssignment);
      });
      // The longest that it may rightly hear nothing is a join that waits for the other members.
      const patience = rebalanceTimeoutMs + 2 * requestTimeoutMs;
      const watch = setInterval(() => {
        const quietSince = Math.min(this.#heardAt, this.#joiningAt ?? Number.POSITIVE_INFINITY);
        if (performance.now() - quietSince > patience)
          resolve(new KafkaClientError('UNAVAILABLE', `the consumer did not get on for ${patience} ms`));
      }, sessionTimeoutMs / 2);
      over.addEventListener('abort', () => clearInterval(watch), { once: true });
    });
  }

  #heard({ payload: { apiName, duration } }: RequestEvent): void {
    const now = performance.now();
    this.#heardAt = now;
    if (apiName === 'Heartbeat' || apiName === 'SyncGroup') this.#askedAt = now - Math.max(0, duration);
  }

  #assigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#round += 1;
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map(partition => ({ topic, partition })),
    );
    // Until it is known where to begin: kafkajs would begin where it thinks.
    this.pause(partitions);
    void this.#place(this.#round, partitions);
  }

  async #place(round: number, partitions: readonly TopicPartition[]): Promise<void> {
    const stale = () => round !== this.#round || this.#closing || this.#over.signal.aborted;
    const commit = async (places: readonly Place[]) => {
      if (stale()) throw new KafkaClientError('UNAVAILABLE', 'the group was joined again meanwhile');
      await within(
        this.options.requestTimeoutMs,
        this.#consumer.commitOffsets([...places]),
        'committing offsets',
      );
    };
    for (
      let backoff = PLACES_BACKOFF_MS.first;
      !stale();
      backoff = Math.min(backoff * 2, PLACES_BACKOFF_MS.most)
    )
      try {
        const places = partitions.length === 0 ? [] : await this.options.places(partitions, commit);
        if (stale()) return;
        this.#joiningAt = undefined;
        this.options.begin(places);
        for (const place of places) this.#consumer.seek(place);
        this.resume(partitions);
        return;
      } catch (error) {
        if (stale()) return;
        if (!isPassing(error)) this.options.onError(error);
        await pause(backoff, this.#over.signal);
      }
  }

  #receive(payload: EachBatchPayload): Promise<void> {
    // It commits once, under the membership of that moment; `consumer.commitOffsets` would try again under the next one.
    this.#commitNow = offsets => payload.commitOffsetsIfNecessary(offsets);
    const { batch } = payload;
    this.options.received({ topic: batch.topic, partition: batch.partition }, batch.messages);
    return Promise.resolve();
  }

  /**
   * kafkajs has no callback before partitions are revoked. It gives the assigner the cluster through which it looks for its
   * coordinator right before each join: waiting there keeps the group from moving a partition that is in hand.
   */
  #assigner(): PartitionAssigner {
    return config => {
      const { cluster } = config;
      const find = cluster.findGroupCoordinator.bind(cluster);
      cluster.findGroupCoordinator = async group => {
        await this.#release();
        this.#joiningAt ??= performance.now();
        if (this.#closing) throw new KafkaClientError('UNAVAILABLE', 'the consumer is leaving');
        return find(group);
      };
      return PartitionAssigners.roundRobin(config);
    };
  }

  /** Bounded: by then the group has gone on without this member anyway. */
  async #release(): Promise<void> {
    await within(this.options.rebalanceTimeoutMs, this.options.release(), 'finishing what is in hand').catch(
      this.options.onError,
    );
  }

  async #end(): Promise<void> {
    // Still a member while it finishes what is in hand and commits it.
    const done = this.#release();
    this.#closing = true;
    await done;
    await within(this.options.requestTimeoutMs, this.#consumer.disconnect(), 'leaving the group').catch(
      (error: unknown) => {
        if (!isPassing(error)) this.options.onError(error);
      },
    );
    this.#over.abort();
    this.#client.sever();
  }
}

const byTopic = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] => {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
};

const offsetsOf = (places: readonly Place[]): Offsets => ({
  topics: byTopic(places).map(({ topic }) => ({
    topic,
    partitions: places
      .filter(place => place.topic === topic)
      .map(({ partition, offset }) => ({ partition, offset })),
  })),
});
