import pg from 'pg';
import type { World } from '../world/world.js';
import type { TaskCounts } from './evidence.js';
import type { QueryClient } from './read-served.js';

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
