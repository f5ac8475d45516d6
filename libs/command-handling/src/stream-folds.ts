import type { EventStore, StoredEvent } from '@replicante/event-store';
import type { DomainEvent } from '@replicante/kernel';
import type { HandlingObserver } from './observer.js';
import { Ahead } from './ahead.js';
import { Fold } from './fold.js';
import type { Folding, FoldView } from './fold.js';

export interface StreamFoldsOptions<S, E extends DomainEvent> {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly folding: Folding<S, E>;
  /** Folds kept in memory; the least recently used falls out. Default 5,000. */
  readonly capacity?: number;
  readonly observer?: HandlingObserver;
}

/** Bounds what is held beside the fold while a long stream is read for the first time. */
const BATCH = 500;

/** Folds of one kind of stream: a cache that is never believed without reading the tail (safety.md §10). */
export class StreamFolds<S, E extends DomainEvent> {
  readonly #folds = new Map<string, Fold<S, E>>();
  readonly #capacity: number;

  constructor(private readonly options: StreamFoldsOptions<S, E>) {
    this.#capacity = options.capacity ?? 5_000;
  }

  /** The stream as of its head at some moment during this call. */
  async read(streamId: string): Promise<FoldView<S>> {
    return (await this.#upToHead(streamId)).view(undefined);
  }

  /** As `read`, for decisions that build on each other. */
  async ahead(streamId: string): Promise<Ahead<S, E>> {
    return new Ahead(await this.#upToHead(streamId));
  }

  async #upToHead(streamId: string): Promise<Fold<S, E>> {
    const fold = this.#take(streamId);
    try {
      const tail = this.options.store.readStream(streamId, { from: fold.revision + 1 });
      let batch: StoredEvent[] = [];
      for await (const event of tail) {
        batch.push(event);
        if (batch.length < BATCH) continue;
        fold.apply(batch);
        batch = [];
      }
      fold.apply(batch);
    } catch (error) {
      this.forget(streamId);
      throw error;
    }
    if (fold.recordedAt !== undefined) this.options.observer?.streamTime?.(Date.parse(fold.recordedAt));
    return fold;
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
