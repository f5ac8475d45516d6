import type { BusRecord, EventBus } from '@replicante/event-bus';
import type { Position, StoredEvent } from '@replicante/event-store';

interface Poison {
  readonly event: StoredEvent;
  readonly error: unknown;
}

/** What a gateway needs of the place where its checkpoint is kept; `C` is whatever that place keeps. */
export interface GatewayCheckpoints<C, Phase> {
  checkpoint(): Promise<C | undefined>;
  /** Compare-and-set; fails with `CHECKPOINT_MOVED` when the checkpoint is not `from`. */
  move(from: Position | undefined, to: C, deadLetters: readonly Poison[]): Promise<void>;
  record(phase: Phase, message: string | null): Promise<void>;
}

/** The bus says that a record itself is wrong: no repeat mends that. */
class RecordsRefused extends Error {
  readonly code = 'CHANGES_REFUSED';
}

/**
 * A subscription's sink that publishes, then moves the checkpoint. A crash between the two publishes the batch again,
 * and a publish that failed half-way repeats what was written: at least once, first occurrences in order.
 */
export function gatewaySink<C, Phase>(bus: EventBus, checkpoints: GatewayCheckpoints<C, Phase>) {
  return {
    checkpoint: () => checkpoints.checkpoint(),
    record: (phase: Phase, message: string | null) => checkpoints.record(phase, message),
    async write(batch: {
      readonly changes: readonly BusRecord[];
      readonly from: Position | undefined;
      readonly to: C;
      readonly deadLetters: readonly Poison[];
    }): Promise<void> {
      if (batch.changes.length > 0) await publish(bus, batch.changes);
      await checkpoints.move(batch.from, batch.to, batch.deadLetters);
    },
  };
}

async function publish(bus: EventBus, records: readonly BusRecord[]): Promise<void> {
  try {
    await bus.publish(records);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'RECORD_INVALID')
      throw new RecordsRefused(error.message, { cause: error });
    throw error;
  }
}
