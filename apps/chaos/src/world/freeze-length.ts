import type { Fault } from '../faults/plan.js';
import type { SuiteName } from './suite-process.js';

const SHORTEST_MS = 1_000;
const LONGEST_MS = 30_000;
const LATE_AT_MOST_MS = 5_000;

/**
 * By the fault's own chance. The embedded suite always longer than a lease; a stack half of the times so, else from 1 to
 * 30 s, long ones seldom. What the wire holds back comes 1 to 5 s late.
 */
export function freezeMsOf(
  { pick, target }: Pick<Fault, 'pick' | 'target'>,
  leaseMs: number,
  suite: SuiteName,
): number {
  const beyondLease = leaseMs + 1_000;
  if (suite === 'standalone') return beyondLease;
  const chance = (pick * 9_973) % 1;
  if (target === 'wire') return Math.round(SHORTEST_MS + chance * (LATE_AT_MOST_MS - SHORTEST_MS));
  if (chance < 0.5) return beyondLease;
  const length = (chance - 0.5) * 2;
  return Math.round(SHORTEST_MS + length ** 3 * (LONGEST_MS - SHORTEST_MS));
}
