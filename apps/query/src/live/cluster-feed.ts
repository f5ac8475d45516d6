import type { EventView } from '@replicante/read-models';
import { eventConditions, eventList, readPage, subjectConditions } from '@replicante/read-models';
import type { Reads } from '../arguments/reads.js';
import { stoppable } from './stoppable.js';
import type { ClusterWake, ClusterWakes } from './cluster-wakes.js';

export interface ClusterKey {
  readonly nsId: string;
  readonly clusterId: string;
}
export interface ClusterState {
  readonly revision: number;
  readonly cycleId: string | null;
}

/** Rows are written about when the bus hears of them, sometimes a little later: look again this soon. */
const SOON_MS = 25;
/** Bursts are told once. */
const SETTLE_MS = 100;
const PAGE = 200;

export interface ClusterFeedOptions {
  readonly reads: Pick<Reads, 'sql'>;
  readonly wakes: ClusterWakes;
  /** A watcher that heard nothing looks by itself; default 1000. */
  readonly lookEveryMs?: number;
}

/** What happens to one cluster, live: from rows, in the order of revisions, woken by the bus. */
export class ClusterFeed {
  constructor(private readonly options: ClusterFeedOptions) {}

  /** Every event after `afterRevision` (absent: after what the rows show now), without a gap. */
  events(of: ClusterKey, afterRevision: number | null): AsyncIterableIterator<EventView> {
    return stoppable(signal => this.#events(of, afterRevision, signal));
  }

  /** The cluster's revision and last cycle, whenever either changed. */
  changes(of: ClusterKey): AsyncIterableIterator<ClusterState> {
    return stoppable(signal => this.#changes(of, signal));
  }

  async *#events(
    of: ClusterKey,
    afterRevision: number | null,
    signal: AbortSignal,
  ): AsyncGenerator<EventView> {
    const { wake, release } = this.options.wakes.watch(keyOf(of));
    try {
      let last = afterRevision ?? (await this.#newestEvent(of));
      while (!signal.aborted) {
        const seen = wake.signal.version;
        const rows = await this.#eventsAfter(of, last);
        for (const row of rows) {
          last = row.revision ?? last;
          yield row;
        }
        if (rows.length === 0) await this.#wait(wake, seen, wake.revision > last, signal);
      }
    } finally {
      release();
    }
  }

  async *#changes(of: ClusterKey, signal: AbortSignal): AsyncGenerator<ClusterState> {
    const { wake, release } = this.options.wakes.watch(keyOf(of));
    try {
      let told = await this.#state(of);
      let heardSamples = wake.samples;
      while (!signal.aborted) {
        const seen = wake.signal.version;
        const now = await this.#state(of);
        if (now.revision !== told.revision || now.cycleId !== told.cycleId) {
          if (now.cycleId !== told.cycleId) heardSamples = wake.samples;
          told = now;
          yield now;
          await wake.signal.changedSince(wake.signal.version, signal, SETTLE_MS);
          continue;
        }
        await this.#wait(wake, seen, wake.revision > told.revision || wake.samples > heardSamples, signal);
        // A repeated or refused sample never shows in the rows: it is looked for once.
        heardSamples = wake.samples;
      }
    } finally {
      release();
    }
  }

  /** `behind`: the bus is ahead of the rows. */
  async #wait(wake: ClusterWake, seen: number, behind: boolean, signal: AbortSignal): Promise<void> {
    await wake.signal.changedSince(seen, signal, behind ? SOON_MS : (this.options.lookEveryMs ?? 1_000));
  }

  async #eventsAfter(of: ClusterKey, afterRevision: number): Promise<readonly EventView[]> {
    const list = eventList({ ofCluster: true, newestFirst: false });
    const conditions = [...subjectConditions(of), ...eventConditions({ afterRevision })];
    return (await readPage<EventView>(await this.options.reads.sql(), list, conditions, { first: PAGE }))
      .rows;
  }

  async #newestEvent(of: ClusterKey): Promise<number> {
    const list = eventList({ ofCluster: true, newestFirst: true });
    const { rows } = await readPage<EventView>(await this.options.reads.sql(), list, subjectConditions(of), {
      first: 1,
    });
    return rows[0]?.revision ?? -1;
  }

  async #state({ nsId, clusterId }: ClusterKey): Promise<ClusterState> {
    const sql = await this.options.reads.sql();
    const [row] = await sql<{ revision: number; cycle_id: string | null }>(
      `SELECT c.revision, s.sample ->> 'cycle_id' AS cycle_id FROM clusters c
       LEFT JOIN samples s ON s.ns_id = c.ns_id AND s.cluster_id = c.cluster_id
       WHERE c.ns_id = $1 AND c.cluster_id = $2`,
      [nsId, clusterId],
    );
    return { revision: row?.revision ?? -1, cycleId: row?.cycle_id ?? null };
  }
}

const keyOf = ({ nsId, clusterId }: ClusterKey): string => `${nsId}:${clusterId}`;
