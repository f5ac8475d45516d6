import type { NewEvent } from '@replicante/event-store';
import type { DomainEvent } from '@replicante/kernel';
import type { Fold, FoldView } from './fold.js';

/**
 * A stream as it will be once what this turn has decided is stored. Thrown away with the turn: the fold itself grows
 * only by what was read.
 */
export class Ahead<S, E extends DomainEvent> {
  readonly #ids = new Set<string>();
  /** Decided since `#state` was told. */
  #events: NewEvent[] = [];
  readonly #stored: FoldView<S>;
  #state: S;
  #revision: number;
  #recordedAt: string | undefined;

  constructor(private readonly fold: Fold<S, E>) {
    // Kept: others may read the same fold further meanwhile, and an append is decided on one revision.
    this.#stored = fold.view(undefined);
    this.#state = this.#stored.state;
    this.#revision = this.#stored.revision;
    this.#recordedAt = this.#stored.recordedAt;
  }

  /** Of what was stored when the turn began. */
  get storedRevision(): number {
    return this.#stored.revision;
  }

  /** A command of this id was decided in this turn. */
  has(commandId: string): boolean {
    return this.#ids.has(commandId.toLowerCase());
  }

  view(commandId: string): FoldView<S> {
    if (this.#events.length > 0) {
      const from = this.#revision - this.#events.length + 1;
      this.#state = this.fold.imagine(this.#state, from, this.#events);
      this.#events = [];
    }
    return {
      ...this.#stored,
      command: this.fold.view(commandId).command,
      state: this.#state,
      revision: this.#revision,
      recordedAt: this.#recordedAt,
    };
  }

  /** Answers the revision that the stream will have. */
  add(commandId: string, events: readonly NewEvent[]): number {
    this.#ids.add(commandId.toLowerCase());
    this.#events.push(...events);
    this.#revision += events.length;
    this.#recordedAt = events[events.length - 1]?.metadata.recordedAt ?? this.#recordedAt;
    return this.#revision;
  }
}
