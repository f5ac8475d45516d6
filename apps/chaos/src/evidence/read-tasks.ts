import pg from 'pg';
import type { World } from '../world/world.js';
import type { TaskCounts, TaskLog } from './evidence.js';
import type { QueryClient } from './read-served.js';
import { readRecords } from './read-topics.js';

/** The queue's log on Kafka, by its usual name. */
const TASKS = 'replicante.tasks';

/** On PostgreSQL by SQL; elsewhere what the queue says of itself. */
export async function readTasks(world: World, query: QueryClient): Promise<TaskCounts | null> {
  if (world.adapters.TASK_QUEUE === 'postgres') return fromPostgres(await world.installation.controlUrl());
  return query.tasks();
}

/** One statement sees one moment: counters against the rows that there are. */
async function fromPostgres(url: string): Promise<TaskCounts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ what: string; count: string }>(
      `select what, sum(count)::text as count from task_queue.counter group by what
       union all select 'depth', count(*)::text from task_queue.task`,
    );
    const counts = new Map(rows.map(({ what, count }) => [what, Number(count)]));
    const { enqueued = 0, depth = 0, ...ended } = Object.fromEntries(counts);
    return { enqueued, depth, ended };
  } finally {
    await client.end();
  }
}

/** Tasks go on being made: the queue is asked before and after, so that the log lies between. Null: no Kafka. */
export async function readTaskLog(world: World, query: QueryClient): Promise<TaskLog | null> {
  if (world.adapters.TASK_QUEUE !== 'kafka') return null;
  const before = await query.tasks();
  const records = await readRecords(world.addressOf('kafka'), [TASKS]);
  const after = await query.tasks();
  if (!before || !after) throw new Error('the queue does not say how many tasks there were');
  return { records, before, after };
}
