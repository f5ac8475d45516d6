import type { DomainEvent } from '@replicante/kernel';
import type { FoldView } from './fold.js';
import type { StreamFolds } from './stream-folds.js';

/**
 * Other streams that the decisions of one turn depend on. Each is read once, after all of the turn's commands had come:
 * none is decided on less than it would have read for itself (safety.md §8).
 */
export class TurnReads {
  readonly #reads = new Map<unknown, Map<string, Promise<unknown>>>();

  read<S, E extends DomainEvent>(folds: StreamFolds<S, E>, streamId: string): Promise<FoldView<S>> {
    const ofKind = this.#reads.get(folds) ?? new Map<string, Promise<unknown>>();
    this.#reads.set(folds, ofKind);
    const known = ofKind.get(streamId) as Promise<FoldView<S>> | undefined;
    if (known) return known;
    const reading = folds.read(streamId);
    // A foreseen read may be asked for by nobody; whoever asks for it is told of its failure.
    reading.catch(() => undefined);
    ofKind.set(streamId, reading);
    return reading;
  }
}
