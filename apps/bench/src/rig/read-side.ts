import pg from 'pg';
import { until } from './wait.js';

const GATEWAY = `c.name = 'gateway'`;
const READ_MODELS = `c.name = (
  select 'read-models-v' || generation from read_models.generations where state = 'active')`;
const CHECKPOINTS = {
  gateway: { which: GATEWAY, count: 1 },
  'read models': { which: READ_MODELS, count: 1 },
  'read models and gateway': { which: `${GATEWAY} or ${READ_MODELS}`, count: 2 },
} as const;

/** Waits until these subscriptions have reached the head of the store. */
export async function atHead(
  url: string,
  subscriptions: keyof typeof CHECKPOINTS,
  withinMs: number,
  everyMs = 50,
): Promise<void> {
  const { which, count } = CHECKPOINTS[subscriptions];
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await until(
      `${subscriptions} at the head`,
      withinMs,
      async () => {
        const { rows } = await client.query<{ behind: string }>(
          `select count(*) filter (where c.position is distinct from lpad(l.head::text, 20, '0')) as behind
           from event_store.log l, read_models.checkpoints c
           where ${which} having count(*) = ${count}`,
        );
        return rows[0]?.behind === '0' ? true : undefined;
      },
      everyMs,
    );
  } finally {
    await client.end();
  }
}

/** Waits until every subscription has reached it. */
export const caughtUp = (url: string, withinMs: number): Promise<void> =>
  atHead(url, 'read models and gateway', withinMs);

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
