import type { EventStore, StoredEvent } from '@replicante/event-store';
import type { DomainEvent } from '@replicante/kernel';
import type { HandlingObserver } from './observer.js';
import { Ahead } from './ahead.js';
import { Fold } from './fold.js';
import type { Folding, FoldView } from './fold.js';
import type { ReadSnapshot } from './snapshot-document.js';
import type { Snapshots } from './snapshots.js';

export interface StreamFoldsOptions<S, E extends DomainEvent> {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly folding: Folding<S, E>;
  /** Absent: a fold that is not in memory begins at zero. */
  readonly snapshots?: Snapshots;
  /** Folds kept in memory; the least recently used falls out. Default 5,000. */
  readonly capacity?: number;
  readonly observer?: HandlingObserver;
}

/** Bounds what is held beside the fold while a long stream is read for the first time. */
const BATCH = 500;
/** Events after which a snapshot is asked for: short streams, which most are, are read in one page and never ask. */
const LONG = 100;

/** Folds of one kind of stream: a cache that is never believed without reading the tail (safety.md §10). */
export class StreamFolds<S, E extends DomainEvent> {
  readonly #folds = new Map<string, Fold<S, E>>();
  readonly #capacity: number;

  constructor(private readonly options: StreamFoldsOptions<S, E>) {
    this.#capacity = options.capacity ?? 5_000;
    options.snapshots?.watch(() => this.#folds.values());
  }

  /** The stream as of its head at some moment during this call. */
  async read(streamId: string): Promise<FoldView<S>> {
    return (await this.#upToHead(streamId)).view(undefined);
  }

  /** As `read`, for decisions that build on each other. */
  async ahead(streamId: string): Promise<Ahead<S, E>> {
    return new Ahead(await this.#upToHead(streamId));
  }

  /** The state as this process saw it last: for guesses, never for decisions. */
  known(streamId: string): S | undefined {
    return this.#folds.get(streamId)?.view(undefined).state;
  }

  async #upToHead(streamId: string): Promise<Fold<S, E>> {
    const { observer, snapshots } = this.options;
    const fold = this.#take(streamId);
    try {
      const read = await this.#readTail(fold);
      observer?.eventsRead?.(read);
    } catch (error) {
      this.forget(streamId);
      throw error;
    }
    if (fold.recordedAt !== undefined) observer?.streamTime?.(Date.parse(fold.recordedAt));
    snapshots?.consider(fold);
    return fold;
  }

  /** Answers the number of events read. */
  async #readTail(fold: Fold<S, E>): Promise<number> {
    const { store, snapshots } = this.options;
    let read = 0;
    let batch: StoredEvent[] = [];
    for await (const event of store.readStream(fold.streamId, { from: fold.revision + 1 })) {
      batch.push(event);
      read += 1;
      if (read === LONG && snapshots) {
        const snapshot = await snapshots.load(fold.streamId, event.revision);
        const jumped = snapshot && (await this.#readFrom(snapshot, fold));
        if (jumped !== undefined) return read + jumped;
      }
      if (batch.length < BATCH) continue;
      fold.apply(batch);
      batch = [];
    }
    fold.apply(batch);
    return read;
  }

  /**
   * The tail from the snapshot's own event on: whether the stream still holds it is told by the same read. Answers the
   * number of events read; `undefined`: it does not fit, and the fold is as it was.
   */
  async #readFrom(snapshot: ReadSnapshot, fold: Fold<S, E>): Promise<number | undefined> {
    const { store, observer, snapshots } = this.options;
    const { streamId } = fold;
    let read = 0;
    let batch: StoredEvent[] = [];
    for await (const event of store.readStream(streamId, { from: snapshot.revision })) {
      read += 1;
      if (read === 1) {
        if (event.id !== snapshot.eventId) {
          snapshots?.ignore(streamId, `the stream holds another event at revision ${snapshot.revision}`);
          return undefined;
        }
        fold.adopt(this.#guarded(snapshot, streamId), event);
        observer?.snapshot?.('used');
        continue;
      }
      batch.push(event);
      if (batch.length < BATCH) continue;
      fold.apply(batch);
      batch = [];
    }
    if (read === 0) {
      snapshots?.ignore(streamId, `the stream ends before revision ${snapshot.revision}`);
      return undefined;
    }
    fold.apply(batch);
    return read;
  }

  /** Commands are unpacked long after; if they cannot be, nothing of that fold is kept. */
  #guarded(snapshot: ReadSnapshot, streamId: string): ReadSnapshot {
    const broken = (error: unknown): void => {
      this.forget(streamId);
      this.options.snapshots?.distrust(streamId, error);
    };
    const lines: ReadSnapshot['commands']['lines'] = function* () {
      try {
        yield* snapshot.commands.lines();
      } catch (error) {
        broken(error);
        throw error;
      }
    };
    return { ...snapshot, commands: { ...snapshot.commands, lines } };
  }

  /** Read anew from the beginning next time: the store contradicts what was read before (a restored store). */
  forget(streamId: string): void {
    this.#folds.delete(streamId);
  }

  #take(streamId: string): Fold<S, E> {
    const { folding, observer } = this.options;
    const known = this.#folds.get(streamId);
    observer?.cache?.(known ? 'hit' : 'miss');
    const fold = known ?? new Fold(streamId, folding, type => observer?.unknownEvent?.(type));
    this.#folds.delete(streamId);
    this.#folds.set(streamId, fold);
    for (const oldest of this.#folds.keys()) {
      if (this.#folds.size <= this.#capacity) break;
      this.#folds.delete(oldest);
    }
    return fold;
  }
}
