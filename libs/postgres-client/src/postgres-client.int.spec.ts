import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, startTestPostgres, type TestPostgres } from '@replicante/testing';
import { CallPool } from './call-pool.js';
import { migrateSchema } from './migrate-schema.js';
import { WakeUps } from './wake-ups.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(async () => {
  await server?.stop();
});

const poolOn = (connectionString: string, timeoutMs = 2_000) =>
  new CallPool({
    connectionString,
    applicationName: 'spec',
    connections: 1,
    timeoutMs,
    asError: failure => new Error('as the port tells it', { cause: failure }),
    onError: () => undefined,
  });

describe('the migration of a schema', () => {
  const plan = (connectionString: string, steps: readonly string[]) => ({
    connectionString,
    applicationName: 'spec',
    schema: 'things',
    ledger: 'schema_step' as const,
    steps,
  });
  const first = 'create table things.one (n int)';

  it('applies each step once, however many do it at once, and refuses a newer schema', async () => {
    const database = await createDatabase(server.url);
    await Promise.all([1, 2, 3, 4].map(() => migrateSchema(plan(database.url, [first]))));
    await migrateSchema(plan(database.url, [first, 'create table things.two (n int)']));
    await expect(migrateSchema(plan(database.url, [first]))).rejects.toThrow('newer than this program');
    await database.drop();
  });

  it('goes on from a ledger that counts from 0', async () => {
    const database = await createDatabase(server.url);
    const pool = poolOn(database.url);
    await pool.query('create schema things');
    await pool.query(first);
    await pool.query('create table things.schema_step (step integer primary key)');
    await pool.query('insert into things.schema_step values (0)');
    const steps = [first, 'create table things.two (n int)', 'create table things.three (n int)'];
    await migrateSchema(plan(database.url, steps.slice(0, 2)));
    await migrateSchema(plan(database.url, steps));
    expect(await pool.query('select from things.schema_step')).toHaveLength(3);
    await pool.close();
    await database.drop();
  });

  it('leaves nothing of a step that fails', async () => {
    const database = await createDatabase(server.url);
    await expect(migrateSchema(plan(database.url, [first, 'no sql']))).rejects.toMatchObject({
      code: '42601',
    });
    await migrateSchema(plan(database.url, [first]));
    await database.drop();
  });
});

describe('wake-ups', () => {
  it('tell another client what happened and nothing else, long before it would have polled', async () => {
    const heard: string[][] = [[], []];
    const [one, two] = heard.map(
      topics =>
        new WakeUps({
          connectionString: server.url,
          applicationName: 'spec',
          channel: 'spec_wake_ups',
          topics: ['records', 'groups'],
          debounceMs: 1,
          onWake: topic => void topics.push(topic),
        }),
    );
    await Promise.all([one!.listen(), two!.listen()]);
    expect(heard[1]).toEqual(['records', 'groups']);
    one!.notify('groups');
    await eventually(() => heard[1]!.length > 2, { within: 2_000 });
    expect(heard[1]!.slice(2)).toEqual(['groups']);
    one!.close();
    two!.close();
  });
});

describe('a pool of calls', () => {
  it('ends every call by its deadline, and tells every failure as its port does', async () => {
    const pool = poolOn(server.url, 200);
    const begun = performance.now();
    await expect(pool.query('select pg_sleep(5)')).rejects.toThrow('as the port tells it');
    expect(performance.now() - begun).toBeLessThan(2_000);
    await expect(pool.query('no sql')).rejects.toMatchObject({ cause: { code: '42601' } });
    await pool.close();
  });
});
