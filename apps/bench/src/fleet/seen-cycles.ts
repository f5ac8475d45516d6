import { partitionOfKey } from '@replicante/kernel';

/** A completed cycle, by the clocks of this machine. */
export interface SeenCycle {
  /** `<ns>:<cluster>`. */
  readonly key: string;
  readonly beganMs: number;
  readonly completedMs: number;
}

const BINS = 200;
/** Of all cycles; a stretch of the interval in which fewer began counts as quiet. */
const QUIET_SHARE = 0.001;

/**
 * Milliseconds from when each cycle was due to when it began. A sample does not carry the former; it follows from the
 * schedule: a leader spreads the fleet by `load + hash(key) mod interval` and keeps every key in phase, so that one
 * number, when it loaded, is all that is not known. Less the hash all cycles of the fleet are due at one instant of the
 * interval; that is where, after the longest quiet stretch, they begin to begin. It may be later than the true one by
 * what the earliest cycle of the whole fleet was late.
 */
export function lateness(cycles: readonly SeenCycle[], intervalMs: number): readonly number[] {
  const phases = cycles.map(({ key, beganMs }) =>
    modulo(beganMs - partitionOfKey(key, intervalMs), intervalMs),
  );
  const dueMs = firstAfterQuiet(phases, intervalMs);
  return phases.map(phase => modulo(phase - dueMs, intervalMs));
}

function firstAfterQuiet(phases: readonly number[], intervalMs: number): number {
  const binMs = intervalMs / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const phase of phases) {
    const bin = Math.floor(phase / binMs);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const isQuiet = (bin: number): boolean => (counts[bin % BINS] ?? 0) <= phases.length * QUIET_SHARE;
  let best = { length: -1, end: 0 };
  for (let start = 0; start < BINS; start += 1) {
    if (!isQuiet(start)) continue;
    let length = 1;
    while (length < BINS && isQuiet(start + length)) length += 1;
    if (length > best.length) best = { length, end: start + length };
  }
  const beginMs = (best.end % BINS) * binMs;
  return phases.reduce((first, phase) =>
    modulo(phase - beginMs, intervalMs) < modulo(first - beginMs, intervalMs) ? phase : first,
  );
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

export interface Gaps {
  /** Between two completed cycles of one cluster, over all clusters. Milliseconds. */
  readonly longestMs: number;
  /** Clusters with one longer than two intervals. */
  readonly affected: number;
}

/** Gaps that end after `fromMs`; one that has not ended lasts until `toMs`. */
export function gaps(
  cycles: readonly SeenCycle[],
  span: { readonly fromMs: number; readonly toMs: number; readonly intervalMs: number },
): Gaps {
  const completed = new Map<string, number[]>();
  for (const { key, completedMs } of cycles) completed.set(key, [...(completed.get(key) ?? []), completedMs]);
  const longest = [...completed.values()].map(all => {
    const ends = [...all.sort((a, b) => a - b).filter(at => at <= span.toMs), span.toMs];
    return ends.reduce((most, at, n) => {
      const before = ends[n - 1];
      return before === undefined || at < span.fromMs ? most : Math.max(most, at - before);
    }, 0);
  });
  return {
    longestMs: Math.max(0, ...longest),
    affected: longest.filter(ms => ms > 2 * span.intervalMs).length,
  };
}
