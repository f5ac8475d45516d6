import {
  checkedAppend,
  decimalPosition,
  decimalPositionValue,
  EventStoreError,
  followAll,
} from '@replicante/event-store';
import type {
  AllPage,
  AppendResult,
  CheckedAppend,
  EventStore,
  EventStoreCapabilities,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  StoredEvent,
  SubscribeAllOptions,
  SubscriptionBatch,
  WakeSignal,
} from '@replicante/event-store';
import { StatementError, type Database, type WakeUps } from '@replicante/postgres-client';
import type { QueryArrayConfig } from 'pg';
import { TailReader, type TailRow } from './tail-reader.js';
import { AppendBatcher, type AppendAnswer, type BatcherLimits } from './append-batcher.js';
import { appendAnswers, appendStatement, type AppendAnswerRow } from './append-statement.js';
import { faultOf, outcomeUnknown, unavailable } from './connection-faults.js';
import {
  identity,
  newestRevision,
  pageEnd,
  readAfter,
  readBackwards,
  readForwards,
  readTails,
  storedEvent,
  storeHead,
  TAIL_PAGE,
  type AllRow,
  type EventRow,
} from './read-statements.js';

const CAPABILITIES: EventStoreCapabilities = {
  durable: true,
  maxAppendBytes: 1024 * 1024,
  refusesKnownIds: true,
};
const STREAM_PAGE = 1_000;
/** Two statements keep the server busy; the other connections are left to long reads. */
const TAILS = { statementsInFlight: 2, readsPerStatement: 64 };
/** Positions that one filtered page looks at: some 20 ms of work. */
const FILTER_WINDOW = 20_000;

export interface PostgresEventStoreParts {
  /** Connections of their own, so that long reads never hold up an append. */
  readonly appends: Database;
  readonly reads: Database;
  readonly wakeUps: WakeUps<'appended'>;
  readonly wake: WakeSignal;
  readonly pollMs: number;
  readonly batching: BatcherLimits;
}

/** The port on PostgreSQL; opened by `openPostgresEventStore`. */
export class PostgresEventStore implements EventStore {
  readonly capabilities = CAPABILITIES;
  readonly #parts: PostgresEventStoreParts;
  readonly #batcher: AppendBatcher;
  readonly #tails: TailReader;
  readonly #closing = new AbortController();

  constructor(parts: PostgresEventStoreParts) {
    this.#parts = parts;
    this.#batcher = new AppendBatcher(group => this.#flush(group), parts.batching);
    this.#tails = new TailReader(reads => this.#read<TailRow>(readTails(reads)), TAILS);
  }

  async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    return this.#batcher.append(checkedAppend(streamId, expected, events, CAPABILITIES.maxAppendBytes));
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const backwards = options.direction === 'backwards';
    let from = options.from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0);
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    if (!backwards && left >= TAIL_PAGE) {
      const tail = await this.#tails.read({ streamId, from });
      yield* tail;
      const last = tail.at(-1);
      if (last === undefined || tail.length < TAIL_PAGE) return;
      left -= tail.length;
      from = last.revision + 1;
    }
    while (left > 0) {
      const page = Math.min(left, STREAM_PAGE);
      const rows = await this.#read<EventRow>(
        (backwards ? readBackwards : readForwards)(streamId, from, page),
      );
      for (const row of rows) yield storedEvent(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < page) return;
      left -= rows.length;
      from = Number(last[2]) + (backwards ? -1 : 1);
    }
  }

  async streamRevision(streamId: string): Promise<number | undefined> {
    const [row] = await this.#read<[string]>(newestRevision(streamId));
    return row === undefined ? undefined : Number(row[0]);
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    const after = decimalPositionValue(options.after);
    const filter =
      options.streamPrefixes === undefined
        ? undefined
        : { prefixes: options.streamPrefixes, window: FILTER_WINDOW };
    const rows = await this.#read<AllRow>(readAfter(after, options.limit, filter));
    const head = BigInt(rows[0]?.[0] ?? 0);
    const events = rows.flatMap(([, ...event]) => (isEvent(event) ? [storedEvent(event)] : []));
    const end = pageEnd(after, head, events.length, options.limit, events.at(-1)?.position, filter?.window);
    const position = end === 0n ? undefined : end === after ? options.after : decimalPosition(end);
    return { events, position, atHead: end >= head };
  }

  async head(): Promise<Position | undefined> {
    const head = await this.#head();
    return head === 0n ? undefined : decimalPosition(head);
  }

  async countAfter(position: Position | undefined): Promise<number> {
    const after = decimalPositionValue(position);
    const head = await this.#head();
    return head > after ? Number(head - after) : 0;
  }

  async *subscribeAll(options: SubscribeAllOptions): AsyncGenerator<SubscriptionBatch> {
    // Checked before the first batch is asked for, like every other argument.
    decimalPositionValue(options.after);
    void this.#parts.wakeUps.listen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    yield* followAll(
      page => this.readAll(page),
      { ...options, signal },
      this.#parts.wake,
      this.#parts.pollMs,
    );
    if (!options.signal.aborted) throw unavailable(new Error('the event store client was closed'));
  }

  async storeIdentity(): Promise<string> {
    const [row] = await this.#read<[string]>(identity());
    if (row === undefined) throw unavailable(new Error('the store has lost its identity row'));
    return row[0];
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#batcher.close();
    this.#parts.wakeUps.close();
    await Promise.all([this.#parts.appends.close(), this.#parts.reads.close()]);
  }

  async #head(): Promise<bigint> {
    const [row] = await this.#read<[string]>(storeHead());
    return BigInt(row?.[0] ?? 0);
  }

  async #read<R extends unknown[]>(query: QueryArrayConfig): Promise<R[]> {
    try {
      return (await this.#parts.reads.query<R>(query)).rows;
    } catch (error) {
      throw unavailable(error instanceof StatementError ? error.cause : error);
    }
  }

  /** Never rejects: every append of the group gets its own answer. */
  async #flush(group: readonly CheckedAppend[]): Promise<readonly AppendAnswer[]> {
    try {
      const { rows } = await this.#parts.appends.query<AppendAnswerRow>(appendStatement(group));
      this.#parts.wake.wake();
      this.#parts.wakeUps.notify('appended');
      return appendAnswers(group, rows[0]);
    } catch (error) {
      if (!(error instanceof StatementError)) return group.map(() => outcomeUnknown(error));
      if (!error.sent) return group.map(() => unavailable(error.cause));
      const fault = faultOf(error.cause);
      if (fault === 'lost') return group.map(() => outcomeUnknown(error.cause));
      // A value that the server refuses must fail its own caller alone, not those who travelled with it.
      if (fault === 'bad_data' && group.length > 1)
        return (await Promise.all(group.map(append => this.#flush([append])))).flat();
      if (fault === 'bad_data')
        return [
          new EventStoreError('EVENT_INVALID', `refused by the server: ${error.message}`, {
            cause: error.cause,
          }),
        ];
      return group.map(() => unavailable(error.cause));
    }
  }
}

const isEvent = (row: EventRow | null[]): row is EventRow => row[0] !== null && row[0] !== undefined;
