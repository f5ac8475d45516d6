import type { SchedulableCluster } from '@replicante/read-models';
import { clusterKey, isCycled } from './entries.js';

export interface CycledCluster extends SchedulableCluster {
  /** When its last cycle completed, milliseconds since the epoch; `null`: none is known. */
  readonly completedMs: number | null;
}

const INTERVALS = 3;

/**
 * A check apart from the schedule (safety.md §12): compares what should be cycled with the cycles that happened. A
 * cluster that this process just came to know has three intervals from then. Pure but for its memory.
 */
export class Unscheduled {
  readonly #firstSeen = new Map<string, number>();
  #late: ReadonlySet<string> = new Set();

  get late(): ReadonlySet<string> {
    return this.#late;
  }

  /** Answers what changed since the last look: each change is said once. */
  look(
    clusters: readonly CycledCluster[],
    nowMs: number,
  ): { readonly late: string[]; readonly recovered: string[] } {
    const expected = clusters.filter(isCycled);
    const keys = new Set(expected.map(({ ns_id, cluster_id }) => clusterKey(ns_id, cluster_id)));
    for (const key of this.#firstSeen.keys()) if (!keys.has(key)) this.#firstSeen.delete(key);
    const before = this.#late;
    const late = new Set<string>();
    for (const cluster of expected) {
      const key = clusterKey(cluster.ns_id, cluster.cluster_id);
      const seen = this.#firstSeen.get(key) ?? nowMs;
      this.#firstSeen.set(key, seen);
      const since = Math.max(cluster.completedMs ?? 0, seen);
      if (nowMs - since > INTERVALS * cluster.interval_seconds * 1_000) late.add(key);
    }
    this.#late = late;
    return {
      late: [...late].filter(key => !before.has(key)),
      recovered: [...before].filter(key => !late.has(key)),
    };
  }
}
