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
  EventStore,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  StoredEvent,
  SubscribeAllOptions,
  SubscriptionBatch,
} from '@replicante/event-store';
import { MemoryEventLog, storedEvent } from './memory-event-log.js';

/** Nothing is ever missed in one process; the poll only bounds how long a timer sleeps. */
const POLL_MS = 60_000;

class MemoryEventStore implements EventStore {
  readonly capabilities = { durable: false, maxAppendBytes: 1024 * 1024, refusesKnownIds: true };
  readonly #closing = new AbortController();

  constructor(private readonly log: MemoryEventLog) {}

  async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    const append = checkedAppend(streamId, expected, events, this.capabilities.maxAppendBytes);
    return this.#open().append(append);
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const { direction = 'forwards', from, limit } = options;
    const stream = this.#open().stream(streamId);
    const events =
      direction === 'forwards'
        ? stream.filter(event => event.revision >= (from ?? 0))
        : stream.filter(event => event.revision <= (from ?? stream.length)).reverse();
    for (const event of events.slice(0, limit)) yield storedEvent(event);
  }

  async streamRevision(streamId: string): Promise<number | undefined> {
    return this.#open().stream(streamId).at(-1)?.revision;
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    const log = this.#open();
    const start = Number(decimalPositionValue(after));
    const events: StoredEvent[] = [];
    let end = start;
    for (const event of log.after(start)) {
      if (events.length >= limit) break;
      if (streamPrefixes === undefined || streamPrefixes.some(prefix => event.streamId.startsWith(prefix)))
        events.push(storedEvent(event));
      end = event.ordinal;
    }
    const position = end === start ? after : decimalPosition(end);
    return { events, position, atHead: end >= log.size };
  }

  async head(): Promise<Position | undefined> {
    const { size } = this.#open();
    return size === 0 ? undefined : decimalPosition(size);
  }

  async countAfter(position: Position | undefined): Promise<number> {
    return Math.max(0, this.#open().size - Number(decimalPositionValue(position)));
  }

  async *subscribeAll(options: SubscribeAllOptions): AsyncGenerator<SubscriptionBatch> {
    decimalPositionValue(options.after);
    const { wake } = this.#open();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    yield* followAll(page => this.readAll(page), { ...options, signal }, wake, POLL_MS);
    if (!options.signal.aborted) this.#open();
  }

  async storeIdentity(): Promise<string> {
    return this.#open().identity;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #open(): MemoryEventLog {
    if (this.#closing.signal.aborted)
      throw new EventStoreError('UNAVAILABLE', 'the event store client is closed');
    return this.log;
  }
}

/** A store that lives as long as its log; clients that share a log share the events. */
export const memoryEventStore = (log: MemoryEventLog = new MemoryEventLog()): EventStore =>
  new MemoryEventStore(log);
