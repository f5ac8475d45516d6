import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, startTestPostgres } from '@replicante/testing';
import type { TestPostgres } from '@replicante/testing';
import pg from 'pg';
import { openPostgresCoordinator } from './index.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

describe('the schema', () => {
  it('is made by several processes that start at once', async () => {
    const database = await createDatabase(server.url);
    const coordinators = await Promise.all(
      Array.from({ length: 6 }, () => openPostgresCoordinator({ connectionString: database.url })),
    );
    expect(await Promise.all(coordinators.map(coordinator => coordinator.epoch()))).toEqual([
      1, 1, 1, 1, 1, 1,
    ]);
    await Promise.all(coordinators.map(coordinator => coordinator.close()));
    await database.drop();
  });
});

describe('a copy of the database (dump and restore)', () => {
  it('gives tokens above all that were given before, and keeps the epoch', async () => {
    const database = await createDatabase(server.url);
    const before = await openPostgresCoordinator({ connectionString: database.url });
    const epoch = await before.newEpoch(7);
    const session = await before.openSession({ name: 'before', ttlMs: 60_000 });
    const tokens = await Promise.all(
      Array.from(
        { length: 40 },
        async (_, index) => (await session.acquire(`partition:${index}`))?.token ?? 0,
      ),
    );
    await before.close();
    const copy = await createDatabase(server.url, { template: database.name });

    const after = await openPostgresCoordinator({ connectionString: copy.url });
    const lease = await (await after.openSession({ name: 'after', ttlMs: 60_000 })).acquire('partition:0');

    expect(lease!.epoch).toBe(epoch);
    expect(lease!.token).toBeGreaterThan(Math.max(...tokens));
    await after.close();
    await Promise.all([database.drop(), copy.drop()]);
  });
});

describe('what it leaves behind', () => {
  it('no connection after close, no session lock ever, and dead sessions are swept', async () => {
    const database = await createDatabase(server.url);
    const probe = new pg.Client({ connectionString: database.url });
    await probe.connect();
    const coordinator = await openPostgresCoordinator({ connectionString: database.url });
    const session = await coordinator.openSession({ name: 'a', ttlMs: 5_000 });
    await session.acquire('leader:scheduler');
    const locks = await probe.query(`select from pg_locks where locktype = 'advisory'`);
    expect(locks.rowCount).toBe(0);
    await probe.query(
      `insert into coordinator.session values (gen_random_uuid(), 'dead', 1000, now(), now() - interval '1 s')`,
    );
    await (await coordinator.openSession({ name: 'b', ttlMs: 5_000 })).close();
    const names = await probe.query<{ name: string }>('select name from coordinator.session');
    expect(names.rows).toEqual([{ name: 'a' }]);

    await coordinator.close();

    await eventually(
      async () => {
        const left = await probe.query(
          `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
        return left.rowCount === 0;
      },
      { within: 5_000 },
    );
    await probe.end();
    await database.drop();
  });
});
