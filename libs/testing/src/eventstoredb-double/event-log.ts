import { EventEmitter } from 'node:events';
import { RecordFile, type LogRecord, type WrittenEvent } from './record-file.js';

export interface LoggedEvent extends WrittenEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
}

/** -1: no stream. */
export type Expected = number | 'any' | 'stream_exists';

export interface Write {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly WrittenEvent[];
}

export type WriteAnswer =
  | { readonly kind: 'written'; readonly revision: number; readonly position: bigint }
  /** -1: the stream is absent. */
  | { readonly kind: 'wrong-version'; readonly current: number }
  | { readonly kind: 'deleted' };

interface StreamState {
  readonly events: LoggedEvent[];
  /** A soft delete hides what was there; revisions go on. */
  visibleFrom: number;
  tombstoned: boolean;
}

/** Events of all streams in memory, and on disk before anybody is told of them. Emits `appended`. */
export class EventLog extends EventEmitter {
  readonly #all: LoggedEvent[] = [];
  readonly #streams = new Map<string, StreamState>();
  readonly #file: RecordFile;
  #queue: { readonly write: Write; readonly settle: (answer: WriteAnswer) => void }[] = [];

  constructor(directory: string) {
    super();
    this.setMaxListeners(0);
    this.#file = RecordFile.open(directory, (record, place) => this.#apply(record, place));
    // A real server writes events of its own before anybody else does.
    if (this.#file.end === 0) {
      const settings = { id: '00000000-0000-4000-8000-000000000001', type: '$metadata', json: true };
      const data = Buffer.from('{"$maxAge":604800}').toString('base64');
      this.#put('$$$stats', [{ ...settings, data, metadata: '', created: Date.now() }]);
      this.#file.sync();
    }
  }

  get all(): readonly LoggedEvent[] {
    return this.#all;
  }

  /** Index in `all` of the first event that lies at the place or behind it. */
  indexFrom(position: bigint): number {
    let [low, high] = [0, this.#all.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle]?.position ?? 0n) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Visible events of a stream; nothing when it is absent or deleted softly. */
  stream(name: string): readonly LoggedEvent[] | 'deleted' | undefined {
    const state = this.#streams.get(name);
    if (state?.tombstoned) return 'deleted';
    const visible = state?.events.slice(state.visibleFrom) ?? [];
    return visible.length === 0 ? undefined : visible;
  }

  /** Writes that arrive together are synced together, each checked against those before it. */
  append(write: Write): Promise<WriteAnswer> {
    return new Promise(settle => {
      this.#queue.push({ write, settle });
      if (this.#queue.length === 1) setImmediate(() => this.#flush());
    });
  }

  delete(stream: string, kind: 'delete' | 'tombstone'): bigint {
    const place = this.#file.end;
    const record: LogRecord = { kind, stream };
    this.#file.write(record);
    this.#file.sync();
    this.#apply(record, place);
    return BigInt(place);
  }

  /** Revision of the newest event, hidden ones included. */
  current(stream: string): number {
    return (this.#streams.get(stream)?.events.length ?? 0) - 1;
  }

  close(): void {
    this.#file.close();
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    const end = this.#file.end;
    const answers = queue.map(({ write }) => this.#decide(write));
    if (this.#file.end > end) this.#file.sync();
    for (const [index, { settle }] of queue.entries()) settle(answers[index] ?? { kind: 'deleted' });
    if (this.#file.end > end) this.emit('appended');
  }

  #decide({ stream, expected, events }: Write): WriteAnswer {
    const state = this.#streams.get(stream);
    const current = this.current(stream);
    const softDeleted = state !== undefined && state.visibleFrom > current;
    if (state?.tombstoned) return { kind: 'deleted' };
    if (events.length === 0) return { kind: 'written', revision: 0, position: 0n };
    if (expected === 'stream_exists' && (current < 0 || softDeleted))
      return softDeleted ? { kind: 'deleted' } : { kind: 'wrong-version', current };
    const first =
      typeof expected === 'number'
        ? expected + 1
        : (state?.events.findIndex(event => event.id === events[0]?.id) ?? -1);
    const stored = first < 0 ? [] : (state?.events.slice(first, first + events.length) ?? []);
    const known = events.findIndex((event, index) => event.id !== stored[index]?.id);
    const last = stored.at(-1);
    // The ids of an earlier write, or the first of them: it is the same write.
    if (known < 0 && last !== undefined)
      return { kind: 'written', revision: last.revision, position: last.position };
    const begunAnew = softDeleted && expected === -1 && known === 0;
    const free = typeof expected === 'number' ? expected === current || begunAnew : known === 0;
    return free ? this.#put(stream, events) : { kind: 'wrong-version', current };
  }

  #put(stream: string, events: readonly WrittenEvent[]): WriteAnswer {
    const place = this.#file.end;
    const record: LogRecord = { kind: 'append', stream, events };
    this.#file.write(record);
    this.#apply(record, place);
    return {
      kind: 'written',
      revision: this.current(stream),
      position: this.#all.at(-1)?.position ?? BigInt(place),
    };
  }

  #apply(record: LogRecord, place: number): void {
    const state = this.#streams.get(record.stream) ?? { events: [], visibleFrom: 0, tombstoned: false };
    this.#streams.set(record.stream, state);
    if (record.kind === 'append')
      for (const [index, event] of record.events.entries()) {
        const revision = state.events.length;
        // A line is longer than the number of its events: places within it are free.
        const logged = { ...event, stream: record.stream, revision, position: BigInt(place + index) };
        state.events.push(logged);
        this.#all.push(logged);
      }
    else if (record.kind === 'delete') state.visibleFrom = state.events.length;
    else state.tombstoned = true;
  }
}
