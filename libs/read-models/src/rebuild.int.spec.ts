import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@replicante/event-store-memory';
import type { EventStore } from '@replicante/event-store';
import { Subscription } from '@replicante/subscriptions';
import {
  createDatabase,
  eventually,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '@replicante/testing';
import type { DataSource } from 'typeorm';
import { Histories } from './fixtures/histories.js';
import { GENERATION_INDEXES } from './migrations/generation-indexes.js';
import { readModelsProjection } from './projections/read-models.projection.js';
import { rowChangeKey } from './rows/row-group.js';
import { schemaOfGeneration } from './shape.js';
import {
  activateGeneration,
  followedGenerations,
  openControl,
  openGeneration,
  requestRebuild,
  subscriptionOf,
} from './store/generations.js';
import { readModelsSink } from './store/read-models.sink.js';
import { sqlOf } from './store/sql.js';

const WITHIN = { within: 20_000 };

describe('a rebuild on PostgreSQL', () => {
  let server: TestPostgres;
  let database: TestDatabase;
  let control: DataSource;
  let options: { connectionString: string; applicationName: string; maxConnections: number };
  let store: EventStore;
  let histories: Histories;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await createDatabase(server.url);
    options = { connectionString: database.url, applicationName: 'spec', maxConnections: 4 };
    control = await openControl(options);
    store = memoryEventStore();
    histories = new Histories(11);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await control.destroy();
    await database.drop();
  });

  /** As the projection service does it. */
  const build = async (generation: number) => {
    const rows = await openGeneration(options, generation, { bulk: true });
    closing.push(() => rows.destroy());
    const sink = readModelsSink(rows, subscriptionOf(generation), { bulk: true });
    const subscription = new Subscription({
      name: subscriptionOf(generation),
      source: store,
      project: readModelsProjection(() => null),
      foldKey: rowChangeKey,
      sink,
      rebuilding: true,
      batchSize: 50,
      onHeadReached: signal => sink.complete(signal),
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
    return { rows, subscription, end };
  };
  const active = async () =>
    (
      await sqlOf(control)<{ generation: number }>(
        `SELECT generation FROM generations WHERE state = 'active'`,
      )
    )[0]?.generation;
  /** Holds up every index of the table until it is let go. */
  const holdUp = async (rows: DataSource, table: string) => {
    const runner = rows.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
    return {
      letGo: async () => {
        await runner.rollbackTransaction();
        await runner.release();
      },
      waitedFor: () =>
        eventually(
          async () =>
            (
              await sqlOf(control)(
                `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '${table}'`,
              )
            ).length > 0,
          WITHIN,
        ),
    };
  };
  const indexesOf = async (rows: DataSource) =>
    (
      await sqlOf(rows)<{ name: string }>(
        `SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema AND tablename <> 'migrations'`,
      )
    ).map(({ name }) => name);
  /** Everything that the catalogue knows of a generation's tables. */
  const schemaOf = async (rows: DataSource, generation: number) => {
    const described = await sqlOf(rows)<{ line: string }>(
      `SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                pg_get_expr(d.adbin, d.adrelid)) AS line
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = current_schema::regnamespace AND a.attnum > 0
       UNION ALL SELECT format('%s %s', i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)) ||
                (i.indisvalid AND i.indisready)::text
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = current_schema::regnamespace
       UNION ALL SELECT format('%s %s %s', o.conrelid::regclass, o.conname, pg_get_constraintdef(o.oid))
         FROM pg_constraint o WHERE o.connamespace = current_schema::regnamespace
       ORDER BY 1`,
    );
    return described.map(({ line }) => line.replaceAll(schemaOfGeneration(generation), 'generation'));
  };
  const contents = async (rows: DataSource) => {
    const all: Record<string, unknown> = {};
    for (const { tableName } of rows.entityMetadatas)
      all[tableName] = await sqlOf(rows)(
        `SELECT to_jsonb(t) AS row FROM ${tableName} t ORDER BY to_jsonb(t)::text`,
      );
    return all;
  };

  it('ends with the very tables, indexes and rows of a generation that followed live', async () => {
    await followedGenerations(control);
    const live = await build(1);
    await eventually(async () => (await active()) === 1, WITHIN);
    await histories.appendTo(store, 230);
    await eventually(async () => live.subscription.state().position === (await store.head()), WITHIN);

    const rebuilt = await build(await requestRebuild(control));
    await eventually(async () => (await active()) === 2, WITHIN);
    expect(await schemaOf(rebuilt.rows, 2)).toEqual(await schemaOf(live.rows, 1));
    expect(await indexesOf(rebuilt.rows)).toEqual(
      expect.arrayContaining(GENERATION_INDEXES.map(({ name }) => name)),
    );
    expect((await rebuilt.rows.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    expect(await contents(rebuilt.rows)).toEqual(await contents(live.rows));
  });

  it('shows nobody what it built before its indexes are made and what came meanwhile is in', async () => {
    await histories.appendTo(store, 120);
    await followedGenerations(control);
    const empty = await openGeneration(options, 1, { bulk: true });
    closing.push(() => empty.destroy());
    const held = await holdUp(empty, 'actions');
    const { rows, subscription } = await build(1);
    await held.waitedFor();
    await histories.appendTo(store, 260);
    expect(await active()).toBeUndefined();
    await held.letGo();
    await eventually(async () => (await active()) === 1, WITHIN);
    const [{ count } = { count: 0 }] = await sqlOf(rows)<{ count: number }>(
      'SELECT count(*)::integer AS count FROM events',
    );
    // All but a batch.
    expect(count).toBeGreaterThanOrEqual(380 - 50);
    await eventually(async () => subscription.state().position === (await store.head()), WITHIN);
  });

  it('goes on where it was when the server is killed while an index is made', async () => {
    await histories.appendTo(store, 150);
    await followedGenerations(control);
    const empty = await openGeneration(options, 1, { bulk: true });
    closing.push(() => empty.destroy());
    const held = await holdUp(empty, 'actions');
    const { rows, subscription } = await build(1);
    await held.waitedFor();
    const before = await indexesOf(rows);
    expect(before).toContain('events_pkey');
    expect(before).not.toContain('actions_newest_first');
    await server.kill();
    await eventually(() => subscription.state().phase === 'waiting', WITHIN);
    await server.restart();
    await eventually(async () => (await active().catch(() => undefined)) === 1, WITHIN);

    const whole = await openGeneration(options, 2);
    closing.push(() => whole.destroy());
    expect(await schemaOf(rows, 1)).toEqual(await schemaOf(whole, 2));
    const { events } = await contents(rows);
    expect(events).toHaveLength(150);
  });

  it('is stopped within a moment while an index is made, and another instance goes on', async () => {
    await histories.appendTo(store, 150);
    await followedGenerations(control);
    const empty = await openGeneration(options, 1, { bulk: true });
    closing.push(() => empty.destroy());
    const held = await holdUp(empty, 'actions');
    const first = await build(1);
    await held.waitedFor();
    await first.end();
    expect(await active()).toBeUndefined();
    await held.letGo();
    await build(1);
    await eventually(async () => (await active()) === 1, WITHIN);
  });

  it('begins anew when its checkpoint was removed, and nothing stands there twice', async () => {
    await histories.appendTo(store, 70);
    await followedGenerations(control);
    const empty = await openGeneration(options, 1, { bulk: true });
    closing.push(() => empty.destroy());
    const held = await holdUp(empty, 'actions');
    const first = await build(1);
    await held.waitedFor();
    await first.end();
    await held.letGo();
    await sqlOf(control)('DELETE FROM checkpoints');
    const { rows } = await build(1);
    await eventually(async () => (await active()) === 1, WITHIN);
    const { events } = await contents(rows);
    expect(events).toHaveLength(70);
  });

  it('does not bring back a generation that was replaced while its builder was frozen', async () => {
    await followedGenerations(control);
    await requestRebuild(control);
    await activateGeneration(control, 1);
    await activateGeneration(control, 2);
    await activateGeneration(control, 1);
    expect(await active()).toBe(2);
  });
});
