import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, eventually, startTestPostgres } from './index.js';
import type { TestPostgres } from './index.js';

async function query(url: string, text: string, timeoutMs = 5_000): Promise<unknown[]> {
  const client = new pg.Client({
    connectionString: url,
    query_timeout: timeoutMs,
    connectionTimeoutMillis: timeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    client.end().catch(() => undefined);
  }
}

describe('a PostgreSQL for tests', () => {
  let server: TestPostgres;

  beforeAll(async () => {
    server = await startTestPostgres({ settings: { work_mem: '5MB' } });
  });
  afterAll(() => server.stop());

  it('answers with the settings it was given, over SCRAM', async () => {
    expect(await query(server.url, 'SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
    const wrong = server.url.replace(server.password, 'wrong');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('answers nothing while frozen and goes on when thawed', async () => {
    server.freeze();
    await expect(query(server.url, 'SELECT 1', 300)).rejects.toThrow(/timeout/);
    server.thaw();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('comes back on the same URL with its data after kill -9', async () => {
    const database = await createDatabase(server.url);
    await query(database.url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)').catch(error => {
      throw error;
    });
    await query(server.url, 'CHECKPOINT');
    const before = server.pids();
    await server.kill();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow();
    await server.restart();
    expect(server.pids()[0]).not.toBe(before[0]);
    expect(await query(database.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    await database.drop();
  });

  it('copies a template database', async () => {
    const template = await createDatabase(server.url);
    await query(template.url, 'CREATE TABLE t (id int)');
    const copy = await eventually(() => createDatabase(server.url, { template: template.name }), {
      within: 5_000,
    });
    expect(await query(copy.url, 'SELECT * FROM t')).toEqual([]);
    await copy.drop();
    await template.drop();
  });
});
