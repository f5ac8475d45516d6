import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NewEvent } from '@replicante/event-store';
import { createDatabase, eventually, startTestPostgres, type TestPostgres } from '@replicante/testing';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openPostgresEventStore } from './index.js';

const event = (): NewEvent => ({
  id: randomUUID(),
  type: 'suite.Happened.v1',
  data: {},
  metadata: {
    commandId: randomUUID(),
    correlationId: randomUUID(),
    actor: { kind: 'system', component: 'suite', verified: true },
    recordedAt: '2026-01-02T03:04:05.678Z',
  },
});

describe('opening the store on PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());

  const query = async (url: string, text: string): Promise<readonly unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text);
    await client.end();
    return rows;
  };

  it('may be done by many at once on a fresh database: one store comes of it', async () => {
    const { url } = await createDatabase(server.url);
    const stores = await Promise.all(
      Array.from({ length: 8 }, () => openPostgresEventStore({ connectionString: url })),
    );
    const identities = await Promise.all(stores.map(store => store.storeIdentity()));
    expect(new Set(identities).size).toBe(1);
    await Promise.all(stores.map(store => store.close()));
  });

  it('refuses a schema that is newer than the program, and a server that is not there', async () => {
    const { url } = await createDatabase(server.url);
    await (await openPostgresEventStore({ connectionString: url })).close();
    await query(url, 'insert into event_store.migrations (step) values (99)');
    await expect(openPostgresEventStore({ connectionString: url })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    const nowhere = 'postgres://nobody@127.0.0.1:1/nothing';
    await expect(openPostgresEventStore({ connectionString: nowhere })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('numbers events without gaps, whatever was refused between them', async () => {
    const { url } = await createDatabase(server.url);
    const store = await openPostgresEventStore({ connectionString: url });
    await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        store.append(`s-${i % 20}`, i < 40 ? 'no_stream' : 5, [event(), event()]),
      ),
    );
    const [row] = await query(
      url,
      `select count(*)::int as events, min(position)::int as first, max(position)::int as last, max(head)::int as head
       from event_store.events, event_store.log`,
    );
    expect(row).toEqual({ events: 40, first: 1, last: 40, head: 40 });
    await store.close();
  });

  it('fails alone what only the server can see to be wrong', async () => {
    const { url } = await createDatabase(server.url);
    const store = await openPostgresEventStore({ connectionString: url });
    await query(
      url,
      `alter table event_store.events add constraint refused check (type <> 'suite.Refused.v1')`,
    );
    const good = Array.from({ length: 5 }, (_, i) => store.append(`good-${i}`, 'no_stream', [event()]));
    const bad = store.append('bad-1', 'no_stream', [{ ...event(), type: 'suite.Refused.v1' }]);
    await expect(bad).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    await expect(Promise.all(good)).resolves.toHaveLength(5);
    await store.close();
  });

  it('leaves no connection behind when it is closed', async () => {
    const { url, name } = await createDatabase(server.url);
    const store = await openPostgresEventStore({ connectionString: url });
    await store.append('s-1', 'no_stream', [event()]);
    await store.close();
    const sessions = () => query(server.url, `select pid from pg_stat_activity where datname = '${name}'`);
    await eventually(async () => (await sessions()).length === 0, { within: 5_000 });
  });

  it('keeps what it acknowledged even where the server is set to acknowledge before it syncs', async () => {
    // The default of a test server: synchronous_commit off.
    const lax = await startTestPostgres();
    const store = await openPostgresEventStore({ connectionString: lax.url });
    for (let revision = -1; revision < 5; revision += 1)
      await store.append('s-1', revision < 0 ? 'no_stream' : revision, [event()]);
    await lax.kill();
    await lax.restart();
    await eventually(async () => (await store.streamRevision('s-1')) === 5, { within: 10_000 });
    await store.close();
    await lax.stop();
  });

  it('finds what a filter wants behind tens of thousands of other events, page by page', async () => {
    const { url } = await createDatabase(server.url);
    const store = await openPostgresEventStore({ connectionString: url });
    await query(
      url,
      `insert into event_store.events
         select n, case when n in (30000, 50000) then 'wanted-1' else 'other-1' end,
           case n when 30000 then 0 when 50000 then 1 else n end, gen_random_uuid(), 'suite.Happened.v1', '{}', '{}'
         from generate_series(1, 50000) n;
       update event_store.log set head = 50000`,
    );
    const found: string[] = [];
    let after: string | undefined;
    let pages = 0;
    for (let atHead = false; !atHead; pages += 1) {
      const page = await store.readAll({ ...(after && { after }), limit: 10, streamPrefixes: ['wanted'] });
      found.push(...page.events.map(e => e.position));
      ({ position: after, atHead } = page);
    }
    expect(found.map(Number)).toEqual([30000, 50000]);
    expect(Number(after)).toBe(50000);
    expect(pages).toBe(3);
    await store.close();
  });
});
