/** Seconds from then to now; never below 0 (clocks differ). */
export const ageSeconds = (then: Date | string, now: number): number =>
  Math.max(0, now - new Date(then).getTime()) / 1_000;

/** A cycle is the present for so long (safety.md §11, §12). */
export const INTERVALS_FRESH = 2;
