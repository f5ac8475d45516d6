import type { AllStreamRecordedEvent, RecordedEvent } from '@eventstore/db-client';
import { checkedAppend, EventStoreError } from '@replicante/event-store';
import type {
  AllPage,
  AppendResult,
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
} from '@replicante/event-store';
import { sizeOnServer } from './append-messages.js';
import type { Appender } from './appender.js';
import { unavailable } from './client-faults.js';
import type { Connection } from './connection.js';
import { followLog, type FollowTiming } from './follow-log.js';
import { liesBehind, logPositionOf, positionOf, type LogPosition } from './log-position.js';
import type { LogReader, StreamPage } from './log-reader.js';
import { LiveSubscription } from './live-subscription.js';
import { identityOf } from './store-identity.js';
import { isForeign, isSystem, storedEvent } from './stored-event.js';
import { untilAborted } from './until-aborted.js';

/** The server's limit for one append, which counts event types as well. */
const MAX_APPEND_BYTES = 1024 * 1024;
/** Longest event type, twice: an append of one event of the declared size always fits. */
const LONGEST_TYPE_BYTES = 2 * 512;

const CAPABILITIES: EventStoreCapabilities = {
  durable: true,
  maxAppendBytes: MAX_APPEND_BYTES - LONGEST_TYPE_BYTES,
  refusesKnownIds: false,
};
const STREAM_PAGE = 500;
/** Events that one filtered page looks at: the client's reads of the log know no filter. */
const FILTER_WINDOW = 1_000;
/** Up to here `countAfter` counts; beyond it estimates. */
const COUNTED = 256;
/** Foreign event types that are told of; a hundred of them tell no more than ten. */
const TOLD_TYPES = 100;

export interface EventStoreDbParts {
  readonly connection: Connection;
  readonly appender: Appender;
  readonly reader: LogReader;
  readonly following: FollowTiming;
  readonly onError: (error: unknown) => void;
}

/** The port on EventStoreDB; opened by `openEventStoreDbEventStore`. */
export class EventStoreDbEventStore implements EventStore {
  readonly capabilities = CAPABILITIES;
  readonly #parts: EventStoreDbParts;
  readonly #closing = new AbortController();
  readonly #toldTypes = new Set<string>();

  constructor(parts: EventStoreDbParts) {
    this.#parts = parts;
  }

  async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    const append = checkedAppend(streamId, expected, events, CAPABILITIES.maxAppendBytes);
    const size = sizeOnServer(append);
    if (size > MAX_APPEND_BYTES)
      throw new EventStoreError(
        'APPEND_TOO_LARGE',
        `${size} bytes in one append, event types included; at most ${MAX_APPEND_BYTES}`,
      );
    return this.#parts.appender.append(append);
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const { direction = 'forwards' } = options;
    let { from } = options;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    while (left > 0) {
      const limit = Math.min(left, STREAM_PAGE);
      const page = await this.#stream(streamId, { direction, from, limit });
      for (const event of page) yield this.#stored(event);
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return;
      from = Number(last.revision) + (direction === 'forwards' ? 1 : -1);
      if (from < 0) return;
      left -= page.length;
    }
  }

  async streamRevision(streamId: string): Promise<number | undefined> {
    const [newest] = await this.#stream(streamId, NEWEST);
    return newest === undefined ? undefined : Number(newest.revision);
  }

  /**
   * A position is always that of an event of ours, never of one that the server wrote for itself: then "at the head" and
   * "beyond the head" can be told by comparison.
   */
  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const wanted = (event: AllStreamRecordedEvent) =>
      streamPrefixes === undefined || streamPrefixes.some(prefix => event.streamId.startsWith(prefix));
    const window = streamPrefixes === undefined ? limit : Math.max(limit, FILTER_WINDOW);
    // Little at a time: a small page must not cost the read of a whole window.
    const chunk = Math.min(window, Math.max(2 * limit, 100)) + 1;
    const events: StoredEvent[] = [];
    let cursor = logPositionOf(after);
    let position = after;
    let looked = 0;
    for (;;) {
      const page = await this.#reader().log(cursor, chunk);
      for (const event of page.events) {
        if (isSystem(event)) continue;
        // One more than was asked for: so the page knows that it is not at the head.
        if (events.length === limit || looked === window) return { events, position, atHead: false };
        looked += 1;
        position = positionOf(event.position);
        if (wanted(event)) events.push(this.#stored(event));
      }
      if (page.atEnd) return { events, position, atHead: true };
      cursor = page.events.at(-1)?.position ?? cursor;
    }
  }

  async head(): Promise<Position | undefined> {
    const newest = await this.#reader().newest();
    return newest && positionOf(newest.position);
  }

  /** Exact for a short way. Positions count bytes of the log, so a long one is estimated by the size of its first events. */
  async countAfter(position: Position | undefined): Promise<number> {
    const from = logPositionOf(position);
    const reader = this.#reader();
    const head = await reader.newest();
    if (head === undefined || !liesBehind(head.position, from)) return 0;
    const page = await reader.log(from, COUNTED);
    const count = page.events.filter(event => !isSystem(event)).length;
    const last = page.events.at(-1);
    if (page.atEnd || last === undefined) return count;
    const bytesEach = Number(last.position.commit - (from?.commit ?? 0n)) / Math.max(count, 1);
    return count + Math.ceil(Number(head.position.commit - last.position.commit) / bytesEach);
  }

  async *subscribeAll(options: SubscribeAllOptions): AsyncGenerator<SubscriptionBatch> {
    // Checked before the first batch is asked for, like every other argument.
    logPositionOf(options.after);
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const identity = await untilAborted(signal.aborted ? NEVER : this.storeIdentity(), signal);
    yield* followLog(
      {
        readAll: page => this.readAll(page),
        head: () => this.head(),
        goLive: (after, prefixes) => new LiveSubscription(this.#parts.connection.client, after, prefixes),
        stored: event => this.#stored(event),
        verify: anchor => this.#verify(identity, anchor),
        onResume: cause => this.#parts.onError(unavailable(cause)),
      },
      { ...options, signal },
      this.#parts.following,
    );
    if (!options.signal.aborted) this.#reader();
  }

  storeIdentity(): Promise<string> {
    return identityOf({
      newest: async streamId => (await this.#stream(streamId, NEWEST))[0],
      append: append => this.#parts.appender.append(append),
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#parts.appender.close();
    await this.#parts.connection.close();
  }

  async #verify(identity: string, anchor: Pick<StoredEvent, 'id' | 'position'> | undefined): Promise<void> {
    const now = await this.storeIdentity();
    if (now !== identity) throw unavailable(new Error(`this is store ${now}, and was ${identity}`));
    const place: LogPosition | undefined = logPositionOf(anchor?.position);
    if (place === undefined) return;
    const found = await this.#reader().at(place);
    if (found?.id !== anchor?.id)
      throw unavailable(new Error(`another event than ${anchor?.id} lies at ${anchor?.position} now`));
  }

  #stored(event: RecordedEvent): StoredEvent {
    if (isForeign(event) && this.#toldTypes.size < TOLD_TYPES && !this.#toldTypes.has(event.type)) {
      this.#toldTypes.add(event.type);
      this.#parts.onError(
        new Error(`${event.streamId}@${event.revision} (${event.type}) was not written by Replicante`),
      );
    }
    return storedEvent(event);
  }

  #stream(streamId: string, page: StreamPage): Promise<readonly RecordedEvent[]> {
    return this.#reader().stream(streamId, page);
  }

  #reader(): LogReader {
    if (this.#closing.signal.aborted) throw unavailable(new Error('the event store client is closed'));
    return this.#parts.reader;
  }
}

const NEVER = new Promise<never>(() => undefined);
const NEWEST: StreamPage = { direction: 'backwards', from: undefined, limit: 1 };
