import type { Position, StoredEvent } from '@replicante/event-store';
import type { Checkpoint } from './checkpoint.js';

/** An event that could not be taken, with what it failed with. */
export interface Poison {
  readonly event: StoredEvent;
  readonly error: unknown;
}

export interface SinkBatch<C> {
  /** In the order of their events; folded when the subscription folds. */
  readonly changes: readonly C[];
  /** What the checkpoint must be now; `undefined`: there must be none. */
  readonly from: Position | undefined;
  readonly to: Checkpoint;
  readonly deadLetters: readonly Poison[];
}

/** `waiting`: lost its source or sink, trying again. `stopped`: met a poison event while rebuilding. */
export type SubscriptionPhase =
  'idle' | 'rebuilding' | 'running' | 'waiting' | 'stopped' | 'CONTROL_PLANE_RESTORED';

/**
 * Where changes go.
 *
 * Compare-and-set: `write`. It fails with `code`
 * - `CHECKPOINT_MOVED`: the checkpoint is not `from`; somebody else writes. Nothing was written.
 * - `CHANGES_REFUSED`: the changes themselves cannot be taken, however often they are tried. Nothing was written.
 * - anything else: an outage; the same batch comes again after a back-off.
 */
export interface SubscriptionSink<C> {
  checkpoint(): Promise<Checkpoint | undefined>;
  write(batch: SinkBatch<C>): Promise<void>;
  /** Best effort, for `status`: how the subscription does. */
  record(phase: SubscriptionPhase, message: string | null): Promise<void>;
}
