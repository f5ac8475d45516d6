import type { Position } from '@replicante/event-store';

/** The last event that a checkpoint covers: where another event stands there now, the store is not the one it was. */
export interface CheckpointAnchor {
  readonly streamId: string;
  readonly revision: number;
  readonly eventId: string;
}

export interface Checkpoint {
  readonly position: Position;
  /** `EventStore.storeIdentity()` of the store that the position belongs to. */
  readonly storeIdentity: string;
  /** Absent when no event was seen yet (a filtered stretch). */
  readonly anchor?: CheckpointAnchor;
}
