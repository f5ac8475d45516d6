import type { NewEvent, StoredEvent } from '@replicante/event-store';
import type { DomainEvent, EventEnvelope } from '@replicante/kernel';
import { CommandMemory } from './command-memory.js';
import type { RememberedCommand } from './command-memory.js';
import type { CapturedFold, ReadSnapshot } from './snapshot-document.js';

/** How a stream's events become a state. */
export interface Folding<S, E extends DomainEvent> {
  readonly initialState: S;
  readonly evolve: (state: S, event: EventEnvelope<E>) => S;
  /** Many at once, for states whose copy is dear. */
  readonly fold?: (state: S, events: readonly EventEnvelope<E>[]) => S;
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

type Placed = Omit<StoredEvent, 'position'>;

/** Grows by events read from the store, never by what was sent to it: a lost answer cannot make it lie. */
export class Fold<S, E extends DomainEvent> {
  /** Revision of its newest snapshot, as far as this process knows; -1: none. */
  snapshotRevision = -1;
  #memory = new CommandMemory();
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

  /** Goes on from a snapshot that is ahead of it; `at`: the event at its revision, as the stream holds it now. */
  adopt(snapshot: ReadSnapshot, at: StoredEvent): void {
    if (at.revision <= this.revision) return;
    // The evolve version stands for this cast: what this fold made.
    this.#state = snapshot.state as S;
    this.#memory = new CommandMemory(snapshot.commands);
    this.#newest = at;
    this.snapshotRevision = at.revision;
  }

  /** Before `capture`, which else does it at once. */
  unpack(pause: () => Promise<void>): Promise<void> {
    return this.#memory.unpack(pause);
  }

  /** `undefined` when there is nothing yet. */
  capture(): CapturedFold | undefined {
    if (this.#newest === undefined) return undefined;
    const { id: eventId, revision } = this.#newest;
    return {
      streamId: this.streamId,
      revision,
      eventId,
      state: this.#state,
      commands: this.#memory.entries(),
    };
  }

  /** In stream order. Events that two concurrent reads bring are folded once. */
  apply(events: readonly StoredEvent[]): void {
    const fresh = events.filter(event => event.revision > this.revision);
    for (const [index, event] of fresh.entries())
      if (event.revision !== this.revision + 1 + index)
        throw new Error(
          `${this.streamId}: no event at revision ${this.revision + 1 + index}: events are missing`,
        );
    this.#state = this.#evolved(this.#state, fresh);
    for (const event of fresh) {
      if (!this.folding.knows(event.type)) this.onUnknown(event.type);
      this.#memory.fold(event);
    }
    this.#newest = fresh[fresh.length - 1] ?? this.#newest;
  }

  /** `state` after events that are not stored yet, the first of them at revision `from`. Changes nothing here. */
  imagine(state: S, from: number, events: readonly NewEvent[]): S {
    const { streamId } = this;
    return this.#evolved(
      state,
      events.map((event, index) => ({ ...event, streamId, revision: from + index })),
    );
  }

  #evolved(state: S, events: readonly Placed[]): S {
    const known = events.filter(event => this.folding.knows(event.type)).map(event => this.#envelope(event));
    return this.folding.fold ? this.folding.fold(state, known) : known.reduce(this.folding.evolve, state);
  }

  #envelope({ id, streamId, revision, metadata, type, data }: Placed): EventEnvelope<E> {
    // `knows` stands for this cast: the types it takes are E's.
    return { id, streamId, revision, metadata, event: { type, data } as unknown as E };
  }
}
