import type { Cycles } from '../evidence/evidence.js';
import type { Proof } from './proof.js';

/** While nothing is broken, a cycle is completed within the bound: after each fault, and between faults. */
export const gaps: Proof = {
  number: '5b',
  title: 'cycles go on within the bound once a fault is over',
  unprovable: ({ cycles }) => (cycles ? undefined : 'workers of this run are not apart'),
  violations: ({ cycles }) =>
    cycles === null
      ? []
      : quietGaps(cycles)
          .filter(({ ms }) => ms > cycles.boundMs)
          .map(
            ({ ms, after }) =>
              `no cycle was completed for ${ms} ms after ${after}; bound ${cycles.boundMs} ms`,
          ),
};

interface Gap {
  readonly ms: number;
  readonly after: string;
}

/** Stretches without a completed cycle and without a fault. A cycle counts even when a fault was on. */
export function quietGaps({ completedAt, faults, until }: Cycles): readonly Gap[] {
  const cycles = [...completedAt].sort((a, b) => a - b);
  const [first] = cycles;
  if (first === undefined) return [{ ms: Infinity, after: 'the start' }];
  const starts = [
    ...cycles.map(at => ({ at, after: 'a cycle' })),
    ...faults.filter(({ to }) => to > first).map(({ to, what }) => ({ at: to, after: what })),
  ];
  const ends = [...cycles, ...faults.map(({ from }) => from), until].sort((a, b) => a - b);
  return starts
    .filter(({ at }) => at < until && !faults.some(({ from, to }) => from <= at && at < to))
    .map(({ at, after }) => ({ ms: (ends.find(end => end > at) ?? until) - at, after }));
}

/** For the report. */
export const longestGapMs = (cycles: Cycles): number =>
  quietGaps(cycles).reduce((longest, { ms }) => Math.max(longest, ms), 0);
