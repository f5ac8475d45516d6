import type { CallPool } from '@replicante/postgres-client';
import { TaskQueueError } from '@replicante/task-queue';

/**
 * The number of partitions, fixed by whoever opened the queue first. Each statement holds when it is repeated, so that
 * processes may do this at once, and one that died within it leaves nothing undone for the next.
 */
export async function fixedPartitions(
  pool: CallPool,
  wanted: number | undefined,
  byDefault: number,
): Promise<number> {
  await pool.query('insert into task_queue.queue (partitions) values ($1) on conflict do nothing', [
    wanted ?? byDefault,
  ]);
  const [queue] = await pool.query<{ partitions: number }>('select partitions from task_queue.queue');
  const partitions = queue?.partitions ?? byDefault;
  if (wanted !== undefined && wanted !== partitions)
    throw new TaskQueueError(
      'PARTITIONS_FIXED',
      `the queue has ${partitions} partitions, not ${wanted}: their number is fixed for its life`,
    );
  await pool.query(
    'insert into task_queue.partition (partition) select generate_series(0, $1::integer - 1) on conflict do nothing',
    [partitions],
  );
  return partitions;
}
