import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import type { CycledCluster, Unscheduled } from './unscheduled.js';

export interface WatchCyclesOptions {
  readonly unscheduled: Unscheduled;
  readonly read: () => Promise<readonly CycledCluster[]>;
  readonly everyMs: number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly wallMs: () => number;
  readonly logger: Logger;
}

/** Runs on every instance, leader or not: a leader that hangs does not report itself. */
export async function watchCycles(options: WatchCyclesOptions, signal: AbortSignal): Promise<void> {
  const { unscheduled, read, everyMs, wait, wallMs, logger } = options;
  let failing = false;
  while (!signal.aborted) {
    try {
      const { late, recovered } = unscheduled.look(await read(), wallMs());
      for (const key of late)
        logger.warn({ key }, 'nobody cycles this cluster: its last cycle is older than 3 intervals');
      for (const key of recovered)
        logger.info({ key }, 'this cluster is cycled again, or is not to be cycled any more');
      failing = false;
    } catch (error) {
      if (!failing)
        logger.warn(errorKeys(error), 'the cycles that happened cannot be compared with those expected');
      failing = true;
    }
    await wait(everyMs, signal);
  }
}
