import { decimalPosition, EventStoreError, WakeSignal } from '@replicante/event-store';
import type { AppendResult, CheckedAppend, CheckedEvent, StoredEvent } from '@replicante/event-store';
import type { EventMetadata, Json } from '@replicante/kernel';
import { randomUUID } from 'node:crypto';

interface LoggedEvent extends CheckedEvent {
  readonly streamId: string;
  readonly revision: number;
  /** 1 for the first event of the log. */
  readonly ordinal: number;
}

/** What the clients of one memory store share. Events are kept as JSON text: no caller can change what was stored. */
export class MemoryEventLog {
  readonly identity = randomUUID();
  readonly wake = new WakeSignal();
  readonly #events: LoggedEvent[] = [];
  readonly #streams = new Map<string, LoggedEvent[]>();

  get size(): number {
    return this.#events.length;
  }

  append({ streamId, expected, events }: CheckedAppend): AppendResult {
    const stream = this.#streams.get(streamId) ?? [];
    const newest = stream.length - 1;
    const repeat = stream.slice(expected + 1, expected + 1 + events.length);
    const last = repeat.at(-1);
    if (
      last !== undefined &&
      repeat.length === events.length &&
      repeat.every((e, i) => e.id === events[i]?.id)
    )
      return { revision: last.revision, position: decimalPosition(last.ordinal) };
    const known = new Set(stream.map(event => event.id));
    if (expected !== newest || events.some(event => known.has(event.id)))
      throw new EventStoreError('WRONG_EXPECTED_REVISION', `${streamId} is at ${newest}, not ${expected}`, {
        actual: newest < 0 ? 'no_stream' : newest,
      });
    for (const event of events) {
      const logged = { ...event, streamId, revision: stream.length, ordinal: this.#events.length + 1 };
      stream.push(logged);
      this.#events.push(logged);
    }
    this.#streams.set(streamId, stream);
    this.wake.wake();
    return { revision: stream.length - 1, position: decimalPosition(this.#events.length) };
  }

  stream(streamId: string): readonly LoggedEvent[] {
    return this.#streams.get(streamId) ?? [];
  }

  /** Events from the given ordinal (exclusive), in commit order. */
  *after(ordinal: number): Iterable<LoggedEvent> {
    for (let index = ordinal; index < this.#events.length; index += 1) {
      const event = this.#events[index];
      if (event !== undefined) yield event;
    }
  }
}

export const storedEvent = (event: LoggedEvent): StoredEvent => ({
  id: event.id,
  type: event.type,
  streamId: event.streamId,
  revision: event.revision,
  position: decimalPosition(event.ordinal),
  data: JSON.parse(event.data) as Json,
  metadata: JSON.parse(event.metadata) as EventMetadata,
});
