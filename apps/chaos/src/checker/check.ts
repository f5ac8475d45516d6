import type { Evidence } from '../evidence/evidence.js';
import { attempts } from './attempts.js';
import { bus } from './bus.js';
import { commandHistory } from './command-history.js';
import { fences } from './fences.js';
import { fleetView } from './fleet-view.js';
import { fold } from './fold.js';
import { onePrimary } from './one-primary.js';
import { gaps } from './gaps.js';
import type { Proof } from './proof.js';
import { snapshots } from './snapshots.js';
import { taskLog } from './task-log.js';
import { tasks } from './tasks.js';

export const PROOFS: readonly Proof[] = [
  ...[commandHistory, attempts, fences, fold, bus, fleetView, tasks, gaps, taskLog, onePrimary, snapshots],
];

/** Every violation, with its proof's number; a proof that cannot even be made is one. */
export function check(evidence: Evidence): readonly string[] {
  return PROOFS.flatMap(({ number, violations, unprovable }) => {
    try {
      if (unprovable?.(evidence) !== undefined) return [];
      return violations(evidence).map(what => `§14.${number}: ${what}`);
    } catch (error) {
      return [
        `§14.${number}: could not be checked: ${error instanceof Error ? error.message : String(error)}`,
      ];
    }
  });
}
