import type { Chance } from '../chance.js';

/** Milliseconds by which a process' wall clock is ahead, by the name of its instance. */
export type ClockOffsets = Readonly<Record<string, number>>;

/** Tells processes that are started with `shifted-clock.js` which offsets there are, as JSON. */
export const OFFSETS_VARIABLE = 'CHAOS_CLOCK_OFFSETS';

const FIVE_MINUTES_MS = 5 * 60_000;
/**
 * One clock for these: `command` behind its streams by more than 5 s is not ready, and a stack waits for it (safety.md §11);
 * `query` tells the age of what `command` recorded by its own clock, so that ahead of it nothing is ever converged.
 */
const ONE_CLOCK = ['command-1', 'command-2', 'query-1', 'query-2'] as const;
const OTHERS = [
  'projection-1',
  'projection-2',
  'scheduler-1',
  'scheduler-2',
  'worker-1',
  'worker-2',
  'worker-3',
];

/** Every second seed has wrong clocks; `asked` decides instead. */
export function clockOffsets(chance: Chance, asked: boolean | undefined): ClockOffsets {
  const isWrong = chance.next() < 0.5;
  const ofMost = chance.pick([-FIVE_MINUTES_MS, FIVE_MINUTES_MS]);
  const ofOthers = OTHERS.map(name => [name, chance.pick([-FIVE_MINUTES_MS, 0, FIVE_MINUTES_MS])] as const);
  if (!(asked ?? isWrong)) return {};
  return Object.fromEntries([...ONE_CLOCK.map(name => [name, ofMost] as const), ...ofOthers]);
}

/** By how much what `command` wrote down is ahead of the checker's clock, which is right. */
export const commandAheadMs = (offsets: ClockOffsets): number => offsets['command-1'] ?? 0;

/** `command-1 +300 s, worker-2 -300 s`. */
export const shownOffsets = (offsets: ClockOffsets): string =>
  Object.entries(offsets)
    .filter(([, ms]) => ms !== 0)
    .map(([name, ms]) => `${name} ${ms > 0 ? '+' : ''}${ms / 1_000} s`)
    .join(', ') || 'right';
