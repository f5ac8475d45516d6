import type { KeysetList, ReadModels } from '@replicante/read-models';
import { CLUSTERS, readByKey } from '@replicante/read-models';
import type { CycledCluster } from './unscheduled.js';

const AT_ONCE = 1_000;
/** Of each cluster only when its last cycle completed. */
const COMPLETED: KeysetList = { ...CLUSTERS, name: 'cluster-completed', select: 's.completed_at' };

/** Every cluster that should be cycled, with the last cycle that is known of it. */
export async function readCycled(models: ReadModels): Promise<readonly CycledCluster[]> {
  const sql = await models.sql();
  const clusters = await models.schedulableClusters();
  const cycled: CycledCluster[] = [];
  for (let from = 0; from < clusters.length; from += AT_ONCE) {
    const batch = clusters.slice(from, from + AT_ONCE);
    const rows = await readByKey<{ readonly completed_at: Date | null }>(
      sql,
      COMPLETED,
      ['ns_id', 'cluster_id'],
      batch.map(({ ns_id, cluster_id }) => [ns_id, cluster_id]),
    );
    cycled.push(
      ...batch.map((cluster, index) => ({
        ...cluster,
        completedMs: rows[index]?.completed_at?.getTime() ?? null,
      })),
    );
  }
  return cycled;
}
