import type { EventMetadata, Json } from '@replicante/kernel';

/**
 * Where the log ends or a reader stands. Opaque; positions of one store sort as strings in commit order.
 * Never compared across stores (`storeIdentity`).
 */
export type Position = string;

/** What the caller believes the stream's newest revision to be. There is no "any": every append is checked. */
export type ExpectedRevision = number | 'no_stream';

export interface NewEvent {
  /** UUID, derived from the command id (`EventIds`); settles an append whose outcome is unknown. */
  readonly id: string;
  /** Wire name, `cluster.NodeStatusChanged.v1`. */
  readonly type: string;
  readonly data: Json;
  readonly metadata: EventMetadata;
}

export interface StoredEvent extends NewEvent {
  readonly streamId: string;
  /** 0 for a stream's first event; no gaps within a stream. */
  readonly revision: number;
  readonly position: Position;
}

export interface AppendResult {
  /** Revision of the last event of this append. */
  readonly revision: number;
  /** Position of that event; a read model that has reached it shows this append. */
  readonly position: Position;
}

export interface ReadStreamOptions {
  /** First revision to read, inclusive. Forwards default 0, backwards default the newest. */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
}

export interface AllFilter {
  /** Only events of streams whose id starts with one of these. Absent: every stream. */
  readonly streamPrefixes?: readonly string[];
}

export interface ReadAllOptions extends AllFilter {
  /** Exclusive; absent: from the beginning. */
  readonly after?: Position;
  readonly limit: number;
}

export interface AllPage {
  readonly events: readonly StoredEvent[];
  /** Where the reader stands after this page: beyond the last event when the rest was filtered out. Store this. */
  readonly position: Position | undefined;
  /** True when nothing committed lies beyond `position` as of this read. */
  readonly atHead: boolean;
}

export interface SubscribeAllOptions extends AllFilter {
  readonly after?: Position;
  /** At most so many events a batch; default 500. */
  readonly batchSize?: number;
  readonly signal: AbortSignal;
}

/** A batch may be empty: a filtered stretch was passed, or the subscription reached the head. */
export interface SubscriptionBatch {
  readonly events: readonly StoredEvent[];
  readonly position: Position | undefined;
  readonly atHead: boolean;
}

export interface EventStoreCapabilities {
  /** Survives a restart of the process that holds it. */
  readonly durable: boolean;
  /** Bytes of one append, JSON of data and metadata summed; larger is refused before the wire. */
  readonly maxAppendBytes: number;
  /**
   * True: ids that their stream already holds are refused even at the head's revision, where only a caller that took an
   * append of its own for another's would put them. False (EventStoreDB): there they are written again.
   */
  readonly refusesKnownIds: boolean;
}

/**
 * The source of truth.
 *
 * Compare-and-set: `append`. Best effort in time: `subscribeAll` (at least once, in commit order, without a skipped late commit).
 *
 * Every failure is an `EventStoreError` told apart by `code`:
 * - `WRONG_EXPECTED_REVISION` (`actual`): nothing was written. Reload and decide again.
 * - `OUTCOME_UNKNOWN`: the append may have happened, or may yet happen. Repeat *the same ids at the same expected revision*
 *   and nothing else; the repeat is then one append with the first (the first's result), or `WRONG_EXPECTED_REVISION` when
 *   others came first.
 * - `UNAVAILABLE`: nothing was written, or nothing could be read. Safe to try again.
 * - `APPEND_TOO_LARGE`, `APPEND_EMPTY`, `EVENT_NOT_JSON`, `EVENT_INVALID` (an id that is no UUID or stands twice, a name that
 *   no store can hold), `STREAM_DELETED`, `POSITION_INVALID`: the caller is wrong; do not repeat.
 *
 * A repeat is known by its ids at its expected revision: all of them stored there (or the first of a longer append) answers
 * what the first one answered. Some of them, or all of them at another revision, is `WRONG_EXPECTED_REVISION`.
 *
 * A position beyond the head is no error here: nothing lies after it. Who keeps checkpoints compares them with `head()`.
 */
export interface EventStore {
  readonly capabilities: EventStoreCapabilities;

  /** Atomic: all events or none. Concurrent appends are grouped by the adapter; await many at once. */
  append(streamId: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;

  /** An absent stream reads as empty. */
  readStream(streamId: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;

  /** Newest revision, or `undefined` when the stream is absent. Linearizable: sees every acknowledged append. */
  streamRevision(streamId: string): Promise<number | undefined>;

  readAll(options: ReadAllOptions): Promise<AllPage>;

  /** Position of the newest committed event; `undefined` for an empty store. Lag is told from this. */
  head(): Promise<Position | undefined>;

  /** Events committed after `position` (all streams). Linear in nothing: an estimate for lag, exact where cheap. */
  countAfter(position: Position | undefined): Promise<number>;

  /**
   * Catch up by pages, then follow. Yields at least an `atHead` batch when it first reaches the head.
   * Ends without an error when `signal` aborts; throws `EventStoreError` when the store is lost: the caller
   * subscribes again from its checkpoint, with back-off.
   */
  subscribeAll(options: SubscribeAllOptions): AsyncIterable<SubscriptionBatch>;

  /** Made once per store, kept for its life: a restored or foreign store is recognised by it (safety.md §4). */
  storeIdentity(): Promise<string>;

  close(): Promise<void>;
}
