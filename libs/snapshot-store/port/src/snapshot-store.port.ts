/** What a fold of one stream was at one revision, as texts of the fold's own making. */
export interface Snapshot {
  readonly streamId: string;
  /** Of the `evolve` that folded it: no other ever reads it (safety.md §10). */
  readonly evolveVersion: number;
  /** Of the event store that was read. */
  readonly storeIdentity: string;
  readonly revision: number;
  /** Id of the event at that revision, by which a reader tells whether the stream is still the same. */
  readonly eventId: string;
  readonly state: string;
  /** Large, and seldom looked at. */
  readonly commands: string;
}

export interface StoredSnapshot extends Omit<Snapshot, 'commands'> {
  /** Unpacks it: tens of milliseconds for a hundred thousand commands. */
  readonly commands: () => string;
}

/** Told apart by `code`; there is one: nothing is said about whether a save took place. */
export class SnapshotStoreError extends Error {
  readonly code = 'UNAVAILABLE';
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'SnapshotStoreError';
  }
}

/**
 * A cache, best effort in all it does: whoever asks goes on without an answer, only slower. It may be emptied at any
 * time. It compares nothing: whether a snapshot fits its stream is the reader's to tell.
 *
 * Every failure is a `SnapshotStoreError`, and every call ends in bounded time, also against a frozen server.
 */
export interface SnapshotStore {
  /** `undefined`: none of that version. */
  load(streamId: string, evolveVersion: number): Promise<StoredSnapshot | undefined>;

  /**
   * Replaces what was saved for the stream and version, whatever its revision (a stream that was restored begins lower),
   * and removes those of lower versions. Of two at once one stays.
   */
  save(snapshot: Snapshot): Promise<void>;

  /** Afterwards every call is refused. */
  close(): Promise<void>;
}
