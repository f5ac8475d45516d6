import { startTestPostgres } from '@replicante/testing';
import type { TestPostgres } from '@replicante/testing';
import pg from 'pg';

const MUST_BE_ON = ['fsync', 'full_page_writes', 'synchronous_commit'];

/** A PostgreSQL set as the embedded one is, that really syncs: it is asked, not believed. */
export async function startDurablePostgres(): Promise<TestPostgres> {
  const server = await startTestPostgres({
    durable: true,
    settings: { fsync: true, synchronous_commit: true, max_wal_size: '512MB' },
  });
  try {
    await assertDurable(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function assertDurable(url: string): Promise<void> {
  await withClient(url, async client => {
    for (const setting of MUST_BE_ON) {
      const { rows } = await client.query<Record<string, string>>(`SHOW ${setting}`);
      const value = rows[0]?.[setting];
      if (value !== 'on') throw new Error(`${setting} is ${value}: nothing measured here would count`);
    }
  });
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
