import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BusRecord, ReceivedRecord } from '@replicante/event-bus';
import { createDatabase, eventually, startTestPostgres, type TestPostgres } from '@replicante/testing';
import { Client } from 'pg';
import { openPostgresEventBus } from './index.js';

const record = (topic: string, key: string, value: string | null): BusRecord => ({ topic, key, value });

describe('the event bus on PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());

  const query = async (url: string, text: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text);
    await client.end();
    return rows;
  };

  it('may be opened by many at once on a fresh database', async () => {
    const { url } = await createDatabase(server.url);
    const buses = await Promise.all(
      Array.from({ length: 8 }, () => openPostgresEventBus({ connectionString: url })),
    );
    await Promise.all(buses.map(bus => bus.ensureTopics([{ name: 't', partitions: 2, compacted: false }])));
    await Promise.all(buses.map(bus => bus.close()));
    expect(await query(url, 'select count(*)::int as n from event_bus.partitions')).toEqual([{ n: 2 }]);
  });

  it('refuses a schema that is newer than the program, and a server that is not there', async () => {
    const { url } = await createDatabase(server.url);
    await (await openPostgresEventBus({ connectionString: url })).close();
    await query(url, 'insert into event_bus.migrations (step) values (99)');
    const nowhere = 'postgres://nobody@127.0.0.1:1/nothing';
    for (const connectionString of [url, nowhere])
      await expect(openPostgresEventBus({ connectionString })).rejects.toMatchObject({
        code: 'BUS_UNAVAILABLE',
      });
  });

  it('wakes readers of another process at once, long before they would look by themselves', async () => {
    const { url } = await createDatabase(server.url);
    const [writer, reader] = await Promise.all(
      [1, 2].map(() => openPostgresEventBus({ connectionString: url, pollMs: 60_000 })),
    );
    await writer!.ensureTopics([{ name: 't', partitions: 1, compacted: false }]);
    const seen: string[] = [];
    await reader!.subscribe({
      topics: ['t'],
      from: 'latest',
      handler: async records => void seen.push(...records.map(({ key }) => key)),
    });
    // Until the reader listens, its first look may be the one that finds them.
    for (const key of ['a', 'b', 'c']) {
      await writer!.publish([record('t', key, '1')]);
      await eventually(() => seen.includes(key), { within: 5_000 });
    }
    await Promise.all([writer!.close(), reader!.close()]);
  });

  it('sweeps what is past its retention, and of compacted topics all but the newest of a key', async () => {
    const { url } = await createDatabase(server.url);
    const bus = await openPostgresEventBus({ connectionString: url, sweepMs: 50 });
    await bus.ensureTopics([
      { name: 'short', partitions: 1, compacted: false, retentionMs: 300 },
      { name: 'long', partitions: 1, compacted: false, retentionMs: 600_000 },
      { name: 'kept', partitions: 1, compacted: false },
      { name: 'compacted', partitions: 2, compacted: true },
    ]);
    for (let round = 0; round < 5; round += 1)
      await bus.publish(
        ['short', 'long', 'kept', 'compacted'].flatMap(t => [
          record(t, 'a', `${round}`),
          record(t, 'b', null),
        ]),
      );

    const left = () =>
      query(url, 'select topic, count(*)::int as n from event_bus.records group by topic order by topic');
    await eventually(
      async () => {
        expect(await left()).toEqual([
          { topic: 'compacted', n: 2 },
          { topic: 'kept', n: 10 },
          { topic: 'long', n: 10 },
        ]);
        return true;
      },
      { within: 10_000 },
    );
    expect(
      await query(url, `select value from event_bus.records where topic = 'compacted' and key = 'a'`),
    ).toEqual([{ value: '4' }]);
    // A tombstone stays for a day, so that every reader learns of it.
    await query(
      url,
      `update event_bus.records set published_at = now() - interval '25 hours' where topic = 'compacted'`,
    );
    await eventually(
      async () =>
        (await query(url, `select key from event_bus.records where topic = 'compacted'`)).length === 1,
      { within: 5_000 },
    );
    // The sweep leaves offsets alone: readers go on over the holes.
    const got: ReceivedRecord[] = [];
    const all = await bus.subscribe({
      topics: ['short', 'compacted'],
      from: 'earliest',
      handler: async batch => void got.push(...batch),
    });
    await bus.publish([record('compacted', 'c', 'new')]);
    await eventually(() => got.some(r => r.value === 'new'), { within: 5_000 });
    await all.close();
    await bus.close();
  });

  it('publishes across topics and partitions in any order without a deadlock', async () => {
    const { url } = await createDatabase(server.url);
    const bus = await openPostgresEventBus({ connectionString: url, connections: 8 });
    const names = ['one', 'two', 'three'];
    await bus.ensureTopics(names.map(name => ({ name, partitions: 4, compacted: false })));
    const batch = names.flatMap(topic => Array.from({ length: 8 }, (_, i) => record(topic, `k${i}`, 'v')));
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => bus.publish(i % 2 === 0 ? batch : [...batch].reverse())),
    );
    const [gaps] = await query(
      url,
      `select count(*)::int as n from (
         select topic, partition, count(*) as records, max("offset") + 1 as ends from event_bus.records group by 1, 2
       ) p join event_bus.partitions using (topic, partition) where records <> ends or ends <> next_offset`,
    );
    expect(gaps).toEqual({ n: 0 });
    await bus.close();
  });

  it('hands the partitions of a member that died to another, and refuses the late commit of the dead', async () => {
    const { url } = await createDatabase(server.url);
    const bus = await openPostgresEventBus({ connectionString: url, heartbeatMs: 200, memberTtlMs: 1_000 });
    await bus.ensureTopics([{ name: 't', partitions: 1, compacted: false }]);
    await bus.publish([record('t', 'k', '0')]);
    // What a killed process leaves: a member that owns the partition and is not heard of again.
    await query(
      url,
      `select * from event_bus.heartbeat('g', '00000000-0000-0000-0000-000000000001', array['t'], 1000, true)`,
    );
    const got: string[] = [];
    const heir = await bus.subscribe({
      group: 'g',
      topics: ['t'],
      from: 'earliest',
      handler: async batch => void got.push(...batch.map(r => r.value ?? '')),
    });
    await eventually(() => got.length === 1, { within: bus.capabilities.takeoverBoundMs + 1_000 });
    const late = await query(
      url,
      `update event_bus.assignments set committed = 9
       where group_name = 'g' and owner = '00000000-0000-0000-0000-000000000001' and epoch = 1 returning committed`,
    );
    expect(late).toEqual([]);
    await heir.close();
    await bus.close();
  });
});
