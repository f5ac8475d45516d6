import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore, StoredEvent } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { Subscription } from '@replicante/subscriptions';
import {
  createDatabase,
  eventually,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '@replicante/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { Histories } from './fixtures/histories.js';
import { readModelsProjection } from './projections/read-models.projection.js';
import { rowChangeKey } from './rows/row-group.js';
import {
  activateGeneration,
  dropRetired,
  followedGenerations,
  openControl,
  openGeneration,
  requestRebuild,
  subscriptionOf,
} from './store/generations.js';
import { readModelsSink } from './store/read-models.sink.js';
import { ReadModels } from './store/read-models.js';
import { putSamples } from './store/sample-rows.js';
import { inTransaction, sqlOf } from './store/sql.js';
import { upsertsOf } from './store/upsert-statement.js';
import { PositionWaiter } from './store/wait-for-position.js';

const project = readModelsProjection(() => null);
const TABLES = [
  'namespaces',
  'platforms',
  'clusters',
  'nodes',
  'actions',
  'decisions',
  'decision_history',
  'events',
] as const;

describe('read models on PostgreSQL', () => {
  let server: TestPostgres;
  let database: TestDatabase;
  let control: DataSource;
  let options: { connectionString: string; applicationName: string; maxConnections: number };
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await createDatabase(server.url);
    options = { connectionString: database.url, applicationName: 'spec', maxConnections: 4 };
    control = await openControl(options);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await control.destroy();
    await database.drop();
  });

  const openRows = async (generation: number) => {
    const source = await openGeneration(options, generation);
    closing.push(() => source.destroy());
    return source;
  };
  const openReader = async () => {
    const reader = await ReadModels.open(options);
    closing.push(() => reader.close());
    return reader;
  };
  const follow = (source: EventStore, generation: number, rows: DataSource, building: boolean) => {
    const subscription = new Subscription({
      name: subscriptionOf(generation),
      source,
      project,
      foldKey: rowChangeKey,
      sink: readModelsSink(rows, subscriptionOf(generation)),
      rebuilding: building,
      onCaughtUp: () => activateGeneration(control, generation),
      backOffMs: { base: 10, max: 50 },
    });
    const stop = new AbortController();
    const done = subscription.run(stop.signal);
    const end = async () => {
      stop.abort();
      await done;
    };
    closing.push(end);
    return { subscription, end };
  };
  const contents = async (rows: DataSource) => {
    const all: Record<string, unknown> = {};
    for (const table of TABLES)
      all[table] = await sqlOf(rows)(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`);
    return all;
  };
  const write = (rows: DataSource, events: readonly StoredEvent[]) =>
    inTransaction(rows, async sql => {
      const folded = new Map(events.flatMap(project).map(c => [rowChangeKey(c), c]));
      for (const { text, parameters } of upsertsOf([...folded.values()])) await sql(text, parameters);
    });

  it('has the tables that the entities describe', async () => {
    const rows = await openRows(1);
    for (const source of [control, rows]) {
      const drift = await source.driver.createSchemaBuilder().log();
      expect(drift.upQueries.map(q => q.query)).toEqual([]);
    }
  });

  it('is harmed by no repeat and no reordering of batches: the newest version of every row stays', async () => {
    const rows = await openRows(1);
    const once = await openRows(2);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e9 }),
        fc.array(fc.tuple(fc.nat({ max: 59 }), fc.nat({ max: 59 })), { maxLength: 6 }),
        async (seed, repeats) => {
          for (const source of [rows, once]) await sqlOf(source)(`TRUNCATE ${TABLES.join(', ')}`);
          const events = new Histories(seed).events(60);
          await write(once, events);
          for (const [from, length] of repeats) await write(rows, events.slice(from, from + length + 1));
          await write(rows, events);
          for (const [from, length] of repeats) await write(rows, events.slice(from, from + length + 1));
          expect(await contents(rows)).toEqual(await contents(once));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('comes to the same rows whatever the size of the batches', async () => {
    const events = new Histories(7).events(200);
    const expected = await openRows(1);
    await write(expected, events);
    const rows = await openRows(2);
    for (let from = 0; from < events.length; from += 7) await write(rows, events.slice(from, from + 7));
    expect(await contents(rows)).toEqual(await contents(expected));
  });

  it('keeps rows and checkpoint together: a batch that is refused leaves neither', async () => {
    const rows = await openRows(1);
    const sink = readModelsSink(rows, 'spec');
    const [event] = new Histories(1).events(1);
    const to = { position: event!.position, storeIdentity: 'store' };
    await sink.write({ changes: project(event!), from: undefined, to, deadLetters: [] });
    const before = await contents(rows);

    const moved = sink.write({ changes: [], from: undefined, to: { ...to, position: 'x' }, deadLetters: [] });
    await expect(moved).rejects.toMatchObject({ code: 'CHECKPOINT_MOVED' });
    const wrongTime = project({ ...event!, metadata: { ...event!.metadata, recordedAt: 'no time' } });
    const refused = sink.write({
      changes: wrongTime,
      from: to.position,
      to: { ...to, position: 'y' },
      deadLetters: [],
    });
    await expect(refused).rejects.toMatchObject({ code: 'CHANGES_REFUSED' });
    expect(await contents(rows)).toEqual(before);
    expect(await sink.checkpoint()).toEqual(to);
  });

  it('takes a checkpoint only from one of two writers', async () => {
    const rows = await openRows(1);
    const sink = readModelsSink(rows, 'spec');
    const write = (position: string) =>
      sink.write({ changes: [], from: undefined, to: { position, storeIdentity: 's' }, deadLetters: [] });
    const ended = await Promise.allSettled([write('1'), write('2'), write('3')]);
    expect(ended.filter(e => e.status === 'fulfilled')).toHaveLength(1);
  });

  it('builds a new generation beside the one that is read, and swaps when it caught up', async () => {
    const store = memoryEventStore();
    const histories = new Histories(3);
    await histories.appendTo(store, 150);
    const [first] = await followedGenerations(control);
    expect(first).toEqual({ generation: 1, building: true });
    const reader = await openReader();
    await expect(reader.sql()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });

    const one = await openRows(1);
    follow(store, 1, one, true);
    await eventually(() => reader.subscription(), { within: 5_000 });
    expect(await reader.subscription()).toBe('read-models-v1');

    // A projection was wrong: what the active generation shows differs from what events say.
    await sqlOf(one)(`UPDATE clusters SET interval_seconds = 4711`);
    expect(await requestRebuild(control)).toBe(2);
    expect(await followedGenerations(control)).toEqual([
      { generation: 1, building: false },
      { generation: 2, building: true },
    ]);
    const two = await openRows(2);
    const rebuilt = follow(store, 2, two, true);
    await histories.appendTo(store, 50);
    await eventually(async () => (await reader.subscription()) === 'read-models-v2', { within: 5_000 });
    const clusters = await reader.schedulableClusters();
    expect(clusters.length).toBeGreaterThan(0);
    expect(clusters.every(c => c.interval_seconds !== 4711)).toBe(true);

    await eventually(async () => (await reader.position()) === (await store.head()), { within: 5_000 });
    expect(rebuilt.subscription.state().phase).toBe('running');
    expect(await dropRetired(control)).toEqual([1]);
    expect(await followedGenerations(control)).toEqual([{ generation: 2, building: false }]);
    expect((await reader.subscriptions()).map(s => s.name)).toEqual(['read-models-v2']);
  });

  it('leaves generations of another shape to their own program', async () => {
    expect(await followedGenerations(control, 1)).toEqual([{ generation: 1, building: true }]);
    await activateGeneration(control, 1);
    expect(await followedGenerations(control, 2)).toEqual([{ generation: 2, building: true }]);
    expect(await followedGenerations(control, 2)).toEqual([{ generation: 2, building: true }]);
    expect(await followedGenerations(control, 1)).toEqual([{ generation: 1, building: false }]);
  });

  it('keeps rows for programs of the older shape while those of the newer take their place, and drops them later', async () => {
    await followedGenerations(control, 1);
    await openRows(1);
    await activateGeneration(control, 1);
    await followedGenerations(control, 2);
    await openRows(2);
    await activateGeneration(control, 2);
    expect(await dropRetired(control, 2)).toEqual([]);
    for (const shape of [1, 2])
      expect(await followedGenerations(control, shape)).toEqual([{ generation: shape, building: false }]);
    await sqlOf(control)(`UPDATE generations SET activated_at = now() - interval '2 days'`);
    expect(await dropRetired(control, 1)).toEqual([]);
    expect(await dropRetired(control, 2)).toEqual([1]);
    expect(await followedGenerations(control, 2)).toEqual([{ generation: 2, building: false }]);
  });

  it('refuses a database that was restored to an older day than its read models, and says so in a row', async () => {
    const store = memoryEventStore();
    await new Histories(4).appendTo(store, 40);
    const rows = await openRows(1);
    const first = follow(store, 1, rows, false);
    await eventually(async () => (await readModelsSink(rows, 'read-models-v1').checkpoint()) !== undefined, {
      within: 5_000,
    });
    await first.end();
    const restored = memoryEventStore();
    await new Histories(4).appendTo(restored, 10);
    const before = await contents(rows);
    const second = follow(restored, 1, rows, false);
    await eventually(() => second.subscription.state().phase === 'CONTROL_PLANE_RESTORED', { within: 5_000 });
    const reader = await openReader();
    await eventually(
      async () => (await reader.subscriptions()).some(s => s.phase === 'CONTROL_PLANE_RESTORED'),
      { within: 5_000 },
    );
    expect(await contents(rows)).toEqual(before);
  });

  it('puts a poison event aside with its reason and goes on', async () => {
    const store = memoryEventStore();
    const histories = new Histories(5);
    await histories.appendTo(store, 20);
    await histories.appendPoison(store);
    await histories.appendTo(store, 20);
    const rows = await openRows(1);
    follow(store, 1, rows, false);
    const reader = await openReader();
    const [row] = await eventually(
      async () => {
        const found = (await reader.subscriptions()).filter(s => s.dead_letters > 0);
        return found.length > 0 && found;
      },
      { within: 5_000 },
    );
    expect(row).toMatchObject({ name: 'read-models-v1', dead_letters: 1 });
    const sink = readModelsSink(rows, 'read-models-v1');
    await eventually(async () => (await sink.checkpoint())?.position === (await store.head()), {
      within: 5_000,
    });
  });

  it('keeps the newest sample of a cluster, and none of an older lease or revision', async () => {
    const rows = await openRows(1);
    const sample = (epoch: number, token: number, revision: number, cycle_id: string) => ({
      ns_id: 'default',
      cluster_id: 'pg',
      cycle_id,
      mode: 'sync' as const,
      began_at: '2026-01-01T00:00:00.000Z',
      completed_at: '2026-01-01T00:00:01.000Z',
      interval_seconds: 5,
      revision,
      spec_revision: 0,
      converged: false,
      waits_for: [],
      observer: 'worker',
      lease: { epoch, token, holder: 's' },
      nodes: [],
    });
    const kept = async () =>
      (await sqlOf(rows)<{ id: string }>(`SELECT sample ->> 'cycle_id' AS id FROM samples`)).map(r => r.id);
    await putSamples(rows, [sample(1, 5, 10, 'a'), sample(1, 5, 10, 'b')]);
    expect(await kept()).toEqual(['b']);
    await putSamples(rows, [sample(1, 4, 11, 'frozen worker')]);
    await putSamples(rows, [sample(1, 5, 9, 'repeated delivery')]);
    expect(await kept()).toEqual(['b']);
    await putSamples(rows, [sample(1, 5, 10, 'next quiet cycle')]);
    expect(await kept()).toEqual(['next quiet cycle']);
    await putSamples(rows, [sample(2, 1, 3, 'new epoch')]);
    expect(await kept()).toEqual(['new epoch']);
    await putSamples(rows, []);
  });

  it('lets a reader wait for a position, bounded', async () => {
    const store = memoryEventStore();
    const histories = new Histories(6);
    await histories.appendTo(store, 5);
    await followedGenerations(control);
    follow(store, 1, await openRows(1), true);
    const reader = await openReader();
    await eventually(() => reader.subscription(), { within: 5_000 });
    const waiter = new PositionWaiter(reader);
    const head = (await store.head())!;
    await waiter.waitFor(head, 5_000, 'at.position');
    const beyond = head.replace(/^./, '9');
    await expect(waiter.waitFor(beyond, 30, 'at.position')).rejects.toMatchObject({
      code: 'POSITION_NOT_REACHED',
    });
    for (const wrong of ['', 'yesterday', `${head}0`, 'é'])
      await expect(waiter.waitFor(wrong, 30, 'at.position')).rejects.toMatchObject({
        code: 'POSITION_INVALID',
      });
    const later = waiter.waitFor(head.replace(/.$/, '6'), 5_000, 'at.position');
    await histories.appendTo(store, 1);
    await later;
  });

  it('rebuilds thousands of events a second from PostgreSQL', async () => {
    const store = await openPostgresEventStore({ connectionString: database.url });
    closing.push(() => store.close());
    const count = 20_000;
    await new Histories(8, { clusters: 100 }).appendTo(store, count);
    const rows = await openRows(1);
    await followedGenerations(control);
    const began = performance.now();
    const { subscription } = follow(store, 1, rows, true);
    await eventually(() => subscription.state().phase === 'running', { within: 60_000, every: 10 });
    const perSecond = Math.round(count / ((performance.now() - began) / 1_000));
    process.stderr.write(`read models: rebuilt ${count} events at ${perSecond} events/s\n`);
    expect(perSecond).toBeGreaterThan(1_000);
  });
});
