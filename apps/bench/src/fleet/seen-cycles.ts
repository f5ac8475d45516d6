import { partitionOfKey } from '@replicante/kernel';

/** A completed cycle, by the clocks of this machine. */
export interface SeenCycle {
  /** `<ns>:<cluster>`. */
  readonly key: string;
  readonly beganMs: number;
  readonly completedMs: number;
}

/** Of the interval; so much before its time a cycle began by another clock, or by a clock that was slewed. */
const EARLY_SHARE = 0.01;

/**
 * Milliseconds from when each cycle was due to when it began. A sample does not carry the former and need not: a key is
 * due whenever the wall clock, modulo the interval, is its hash (apps/scheduler's `Schedule`). A task expires with its
 * interval, so that no cycle is late by more.
 */
export const lateness = (cycles: readonly SeenCycle[], intervalMs: number): readonly number[] =>
  cycles.map(({ key, beganMs }) => {
    const lateMs = modulo(beganMs - partitionOfKey(key, intervalMs), intervalMs);
    return lateMs > intervalMs * (1 - EARLY_SHARE) ? 0 : lateMs;
  });

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
