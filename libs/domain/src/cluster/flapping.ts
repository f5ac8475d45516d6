import type { Restless } from '../model/observation.js';

/** More changes than these within the window are flapping (safety.md §12: "more than 5"). */
export const FLAP_CHANGES = 5;

/** Times of the newest changes of one thing, oldest first. */
export type Changes = readonly string[];

/** Kept of each: enough to tell "more than 5", and the pace. */
export const CHANGES_KEPT = FLAP_CHANGES + 2;

/** With one more. Several changes of one decision are one: they have its time. */
export const withChange = (changes: Changes, at: string): Changes =>
  changes.at(-1) === at ? changes : [...changes, at].slice(-CHANGES_KEPT);

export const within = (changes: Changes, nowMs: number, windowMs: number): Changes =>
  changes.filter(at => nowMs - Date.parse(at) < windowMs);

/** Milliseconds of the longest pause between the last changes, until now. Before them it was calm: that is no pause. */
export function longestPause(changes: Changes, nowMs: number): number {
  const times = [...changes.slice(-FLAP_CHANGES).map(at => Date.parse(at)), nowMs];
  return times.reduce((longest, at, i) => Math.max(longest, at - (times[i - 1] ?? at)), 0);
}

/**
 * What is remembered of something that flaps after this cycle: nothing is appended about it, so the worker carries it
 * from one cycle to the next. Without a memory (another worker took over) the count begins anew: it rests later.
 */
export function watch(
  before: Restless | undefined,
  seen: { readonly of: string; readonly present: string; readonly now: string; readonly pauseMs: number },
): Restless {
  const { of, present, now, pauseMs } = seen;
  if (!before) return { of, present, since: now, longest_pause_ms: pauseMs, changes: 0 };
  if (before.present === present) return before;
  const pause = Date.parse(now) - Date.parse(before.since);
  return {
    of,
    present,
    since: now,
    longest_pause_ms: Math.max(before.longest_pause_ms, pause),
    changes: before.changes + 1,
  };
}

/**
 * At rest: the same for twice as long as it ever was while it flapped. A rest of one fixed length would have a pace at
 * which it is said to rest, and to flap, for ever.
 */
export function isAtRest(
  { since, longest_pause_ms }: Restless,
  nowMs: number,
  bounds: { readonly atLeastMs: number; readonly atMostMs: number },
): boolean {
  const restMs = Math.min(Math.max(2 * longest_pause_ms, bounds.atLeastMs), bounds.atMostMs);
  return nowMs - Date.parse(since) >= restMs;
}

/** Short, and the same for the same text: what flaps is remembered by it and not whole. Not for secrets. */
export function digestOf(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return (b >>> 0).toString(16).padStart(8, '0') + (a >>> 0).toString(16).padStart(8, '0');
}
