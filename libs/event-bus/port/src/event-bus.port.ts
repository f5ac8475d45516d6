/** One record on a topic. */
export interface BusRecord {
  readonly topic: string;
  /** Records of one key keep their order: `<ns>:<cluster>`. */
  readonly key: string;
  /** UTF-8 text (CloudEvents JSON on our topics); `null` is a tombstone on a compacted topic. */
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReceivedRecord extends BusRecord {
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  /** Grows within a partition; decimal text. */
  readonly offset: string;
}

export interface TopicConfig {
  readonly name: string;
  readonly partitions: number;
  /** Keeps only the newest record of each key (eventually). */
  readonly compacted: boolean;
  /** How long records are kept at least; ignored when compacted. */
  readonly retentionMs?: number;
}

export interface SubscribeOptions {
  /**
   * Members of a group share its partitions and its committed offsets.
   * Absent: a private subscription that gets every record from now on (or from the beginning) and commits nothing.
   */
  readonly group?: string;
  readonly topics: readonly string[];
  /** Where a group without a committed offset, or a private subscription, starts. Default `latest`. */
  readonly from?: 'earliest' | 'latest';
  /**
   * Records of one partition, in order, never overlapping within one partition. Offsets are committed after it resolved.
   * When it throws, the same records come again, after a back-off: at least once. Partitions are handled side by side.
   */
  readonly handler: (records: readonly ReceivedRecord[]) => Promise<void>;
  /** A fault of the adapter that it is about to recover from by itself; for logs and metrics. */
  readonly onError?: (error: unknown) => void;
}

export interface BusSubscription {
  /** Resolves when the subscription receives: a record published from now on will be delivered. */
  readonly ready: Promise<void>;
  /** Finishes the batch in hand, commits, leaves the group. */
  close(): Promise<void>;
}

export interface EventBusCapabilities {
  /** What was acknowledged survives a restart of the server. */
  readonly durable: boolean;
  /** The partitions of a group's member that fell silent are with another after this. */
  readonly takeoverBoundMs: number;
}

/**
 * Publish is acknowledged only when it is durable; a rejected publish may or may not have been written (repeat it:
 * consumers know repeats by the record's `ce-id` header). Order per key holds for publishes that await each other.
 * A key maps to the partition that Kafka's DefaultPartitioner gives it (`partitionOf`).
 *
 * A group's member that was frozen or cut off may still be in its batch when another takes its partition over: it begins
 * no further batch, and its commit is refused. Handlers bear repeats.
 *
 * Errors carry `code`: `BUS_UNAVAILABLE` (try again), `TOPIC_UNKNOWN`, `RECORD_INVALID` (the caller is wrong),
 * `TOPIC_MISMATCH` (a topic exists with other partitions or clean-up than asked for).
 */
export interface EventBus {
  readonly capabilities: EventBusCapabilities;
  /** Makes what is missing; refuses with `TOPIC_MISMATCH` what exists otherwise. Idempotent. */
  ensureTopics(topics: readonly TopicConfig[]): Promise<void>;
  publish(records: readonly BusRecord[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<BusSubscription>;
  close(): Promise<void>;
}

export type EventBusErrorCode = 'BUS_UNAVAILABLE' | 'TOPIC_UNKNOWN' | 'RECORD_INVALID' | 'TOPIC_MISMATCH';

export class EventBusError extends Error {
  constructor(
    readonly code: EventBusErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EventBusError';
  }
}
