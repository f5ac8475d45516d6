import pg from 'pg';
import { until } from './wait.js';

/** Waits until every subscription has reached the head of the store. */
export async function caughtUp(url: string, withinMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await until(
      'read models and gateway at the head',
      withinMs,
      async () => {
        const { rows } = await client.query<{ behind: string }>(
          `select count(*) filter (where c.position is distinct from lpad(l.head::text, 20, '0')) as behind
           from event_store.log l, read_models.checkpoints c
           where c.name = 'gateway' or c.name = (
             select 'read-models-v' || generation from read_models.generations where state = 'active')
           having count(*) = 2`,
        );
        return rows[0]?.behind === '0' ? true : undefined;
      },
      50,
    );
  } finally {
    await client.end();
  }
}

/** Asks for a rebuild and answers how long it took, from its first sign to the swap, by the server's clock. */
export async function rebuildSeconds(
  url: string,
  request: () => Promise<number>,
  withinMs: number,
  begun: () => void = () => undefined,
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const generation = await request();
    const name = `read-models-v${generation}`;
    const began = await until(
      'the rebuild began',
      10_000,
      async () => {
        const { rows } = await client.query<{ at: Date }>(
          `select updated_at as at from read_models.checkpoints where name = $1`,
          [name],
        );
        return rows[0]?.at;
      },
      5,
    );
    begun();
    const ended = await until('the rebuild ended', withinMs, async () => {
      const { rows } = await client.query<{ at: Date | null }>(
        `select activated_at as at from read_models.generations where generation = $1`,
        [generation],
      );
      return rows[0]?.at ?? undefined;
    });
    return (ended.getTime() - began.getTime()) / 1_000;
  } finally {
    await client.end();
  }
}
