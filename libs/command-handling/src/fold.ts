import type { StoredEvent } from '@replicante/event-store';
import type { DomainEvent, EventEnvelope } from '@replicante/kernel';
import { CommandMemory } from './command-memory.js';
import type { RememberedCommand } from './command-memory.js';

/** How a stream's events become a state. */
export interface Folding<S, E extends DomainEvent> {
  readonly initialState: S;
  readonly evolve: (state: S, event: EventEnvelope<E>) => S;
  /** Types that `evolve` takes. Others are skipped and counted: a newer process wrote them (architecture.md §3). */
  readonly knows: (type: string) => boolean;
}

/** A stream as of one revision. */
export interface FoldView<S> {
  readonly streamId: string;
  readonly state: S;
  /** -1: the stream is absent. */
  readonly revision: number;
  /** Of the newest event; `undefined` when there is none. */
  readonly position: string | undefined;
  readonly recordedAt: string | undefined;
  /** What the stream knows of this command id. */
  readonly command: RememberedCommand | undefined;
}

/** Grows by events read from the store, never by what was sent to it: a lost answer cannot make it lie. */
export class Fold<S, E extends DomainEvent> {
  readonly #memory = new CommandMemory();
  #state: S;
  #newest: StoredEvent | undefined;

  constructor(
    readonly streamId: string,
    private readonly folding: Folding<S, E>,
    private readonly onUnknown: (type: string) => void,
  ) {
    this.#state = folding.initialState;
  }

  get revision(): number {
    return this.#newest?.revision ?? -1;
  }

  get recordedAt(): string | undefined {
    return this.#newest?.metadata.recordedAt;
  }

  view(commandId: string | undefined): FoldView<S> {
    return {
      streamId: this.streamId,
      state: this.#state,
      revision: this.revision,
      position: this.#newest?.position,
      recordedAt: this.recordedAt,
      command: commandId === undefined ? undefined : this.#memory.find(commandId),
    };
  }

  /** Events that two concurrent reads bring are folded once. */
  apply(event: StoredEvent): void {
    if (event.revision <= this.revision) return;
    if (event.revision !== this.revision + 1)
      throw new Error(
        `${this.streamId}: revision ${event.revision} follows ${this.revision}: events are missing`,
      );
    if (this.folding.knows(event.type)) this.#state = this.folding.evolve(this.#state, this.#envelope(event));
    else this.onUnknown(event.type);
    this.#memory.fold(event);
    this.#newest = event;
  }

  #envelope({ id, streamId, revision, metadata, type, data }: StoredEvent): EventEnvelope<E> {
    // `knows` stands for this cast: the types it takes are E's.
    return { id, streamId, revision, metadata, event: { type, data } as unknown as E };
  }
}
