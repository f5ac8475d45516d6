import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { identify, runToEnd } from '@replicante/processes';
import { type TestPostgres, eventually, startTestPostgres } from '@replicante/testing';
import pg from 'pg';
import { refuseWrites } from './refused-writes.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres({ durable: true });
});
afterAll(() => server.stop());

async function run(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the server falls under it
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined); // gone already
  }
}

it('a PostgreSQL whose disk refuses commits nothing, and works again afterwards', async () => {
  await run('create table kept (number int); insert into kept values (1)');
  const allow = await refuseWrites(() => server.pids().flatMap(pid => identify(pid) ?? []));
  const machineCan = await runToEnd({ command: 'prlimit', args: ['--version'] }).then(
    () => true,
    () => false,
  );
  expect(allow !== undefined).toBe(machineCan);
  if (!allow) return;
  await expect(run('insert into kept select generate_series(2, 1000)')).rejects.toThrow();
  await allow();
  if (server.pids().length === 0) await server.restart();
  await eventually(
    () =>
      run('insert into kept values (2)').then(
        () => true,
        () => false,
      ),
    { within: 30_000 },
  );
}, 90_000);
