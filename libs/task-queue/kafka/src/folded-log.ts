import { parsedJson } from '@replicante/kernel';
import { SnapshotAssembler, asSnapshotChunk } from './snapshot.js';

export interface LogRecord {
  readonly offset: number;
  /** The broker's time of the append (`message.timestamp.type=LogAppendTime`). */
  readonly stampMs: number;
  readonly key: string;
  readonly value: Buffer | null;
}

/** A state that follows from a log alone. */
export interface Fold<V> {
  /** `value` is the record's JSON; undefined when it is none. May answer a verdict on what the record asked for. */
  apply(value: unknown, record: LogRecord): V | undefined;
  reset(): void;
  written(): unknown;
  restore(state: never): void;
}

interface Held {
  readonly value: unknown;
  readonly record: LogRecord;
}

/**
 * Feeds one partition of a topic to its fold: each record once, in order, from the beginning. Where the beginning was cut
 * off, from the first snapshot behind the cut: a cut at `n` is made only after a snapshot of the state at `n` or later
 * stands in the log, so that nobody can meet a log without one.
 */
export class FoldedLog<V> {
  readonly #snapshots = new SnapshotAssembler();
  #position = 0;
  /** What was read while the snapshot is still to come. */
  #held: Held[] | undefined;
  #begun = 0;
  #recordsSince = 0;
  #bytesSince = 0;

  constructor(private readonly fold: Fold<V>) {}

  /** The offset that comes next. */
  get position(): number {
    return this.#position;
  }

  get isFolding(): boolean {
    return this.#held === undefined;
  }

  /** How often it began anew: an end that was asked for before is not this log's. */
  get begun(): number {
    return this.#begun;
  }

  /** What a reader that begins anew has to read beyond a snapshot, about. */
  get tail(): { readonly records: number; readonly bytes: number } {
    return { records: this.#recordsSince, bytes: this.#bytesSince };
  }

  /** Forgets everything; `low` is the first offset that the log still has. */
  begin(low: number): void {
    this.#begun++;
    this.fold.reset();
    this.#snapshots.clear();
    this.#position = low;
    this.#held = low === 0 ? undefined : [];
    this.#tailBegins();
  }

  add(record: LogRecord): readonly V[] {
    // A reader that was started again may read once more what was read before.
    if (record.offset < this.#position) return [];
    this.#position = record.offset + 1;
    // Garbage is a value like any other here: the fold says what becomes of it.
    const value = record.value === null ? undefined : parsedJson(record.value.toString('utf8'));
    const chunk = asSnapshotChunk(value);
    if (chunk) {
      if (chunk.index === chunk.count - 1) this.#tailBegins();
      const snapshot = this.#held && this.#snapshots.add(chunk);
      return snapshot ? this.#resumeFrom(snapshot.at, snapshot.state) : [];
    }
    this.#recordsSince++;
    this.#bytesSince += record.value?.length ?? 0;
    if (!this.#held) return this.#apply({ value, record });
    this.#held.push({ value, record });
    return [];
  }

  /** Past records that are none of ours to see (a transaction's end). */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position);
  }

  /**
   * The end was reached and no snapshot stood there: somebody else cut the log. Goes on from nothing with what is left.
   */
  goOnWithout(): readonly V[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held.flatMap(each => this.#apply(each));
  }

  #resumeFrom(at: number, state: unknown): readonly V[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#snapshots.clear();
    this.fold.restore(state as never);
    return held.filter(({ record }) => record.offset >= at).flatMap(each => this.#apply(each));
  }

  #apply({ value, record }: Held): readonly V[] {
    const verdict = this.fold.apply(value, record);
    return verdict === undefined ? [] : [verdict];
  }

  #tailBegins(): void {
    this.#recordsSince = 0;
    this.#bytesSince = 0;
  }
}
