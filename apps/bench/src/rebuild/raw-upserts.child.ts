import { upstreamCode } from '@replicante/contracts';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import type { RowChange } from '@replicante/read-models';
import { openGeneration, readModelsProjection, rowChangeKey } from '@replicante/read-models';
import pg from 'pg';
import { answerParent } from '@replicante/processes';

export interface RawUpsertsRequest {
  readonly url: string;
  /** Generation whose (empty) tables are written and dropped. */
  readonly generation: number;
}

export interface RawUpsertsResult {
  readonly events: number;
  readonly rows: number;
  readonly perSecond: number;
}

const EVENTS_PER_TRANSACTION = 2_000;

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly (readonly unknown[])[];
}

function statementOf(changes: readonly RowChange[]): Statement {
  const [{ group } = { group: undefined }] = changes;
  if (!group) throw new Error('no rows');
  const version = group.version === null ? [] : ([[group.version, 'integer']] as const);
  const columns = [...Object.entries(group.key), ...version, ...Object.entries(group.values)];
  const names = columns.map(([name]) => name);
  const cell = (change: RowChange, name: string, kind: string): unknown => {
    const value = name === group.version ? change.version : (change.key[name] ?? change.values[name] ?? null);
    return kind === 'jsonb' && value !== null ? JSON.stringify(value) : value;
  };
  const set = names.filter(name => !(name in group.key)).map(name => `${name} = excluded.${name}`);
  const conflict =
    group.version === null
      ? 'NOTHING'
      : `UPDATE SET ${set.join(', ')} WHERE t.${group.version} < excluded.${group.version}`;
  return {
    name: `${group.table}_${group.version}`,
    text:
      `INSERT INTO ${group.table} AS t (${names.join(', ')}) ` +
      `SELECT ${columns.map(([name, kind]) => (kind === 'jsonb' ? `u.${name}::jsonb` : `u.${name}`)).join(', ')} ` +
      `FROM unnest(${columns.map(([, kind], n) => `$${n + 1}::${kind === 'jsonb' ? 'text' : kind}[]`).join(', ')}) ` +
      `AS u(${names.join(', ')}) ON CONFLICT (${Object.keys(group.key).join(', ')}) DO ${conflict}`,
    values: columns.map(([name, kind]) => changes.map(change => cell(change, name, kind))),
  };
}

function statementsOf(changes: readonly RowChange[]): {
  readonly rows: number;
  readonly statements: Statement[];
} {
  const newest = new Map<string, RowChange>();
  for (const change of changes) newest.set(rowChangeKey(change), change);
  const groups = new Map<RowChange['group'], RowChange[]>();
  for (const change of newest.values())
    groups.set(change.group, [...(groups.get(change.group) ?? []), change]);
  return { rows: newest.size, statements: [...groups.values()].map(statementOf) };
}

interface Batch {
  readonly events: number;
  readonly rows: number;
  readonly statements: readonly Statement[];
}

/** One transaction after another, each with everything but the upserts themselves done. */
async function* batches(url: string): AsyncGenerator<Batch> {
  const store = await openPostgresEventStore({ connectionString: url });
  const project = readModelsProjection(upstreamCode);
  let [after, atHead] = [undefined as string | undefined, false];
  while (!atHead) {
    const page = await store.readAll({
      limit: EVENTS_PER_TRANSACTION,
      ...(after !== undefined && { after }),
    });
    ({ atHead } = page);
    after = page.position;
    if (page.events.length > 0)
      yield { events: page.events.length, ...statementsOf(page.events.flatMap(event => project(event))) };
  }
  await store.close();
}

async function run({ url, generation }: RawUpsertsRequest): Promise<RawUpsertsResult> {
  const source = await openGeneration(
    { connectionString: url, applicationName: 'bench-raw', maxConnections: 2 },
    generation,
  );
  await source.destroy();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const schema = `read_models_v${generation}`;
  await client.query(`set search_path = ${schema}`);
  await client.query(`create table checkpoint (position integer); insert into checkpoint values (0)`);
  let [events, rows, ms] = [0, 0, 0];
  for await (const batch of batches(url)) {
    // The clock stands still while the next batch is prepared: a million events do not fit into memory.
    const began = performance.now();
    await client.query('begin');
    await client.query('update checkpoint set position = position + 1');
    for (const { name, text, values } of batch.statements)
      await client.query({ name, text, values: [...values] });
    await client.query('commit');
    ms += performance.now() - began;
    events += batch.events;
    rows += batch.rows;
  }
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
  return { events, rows, perSecond: (events / ms) * 1_000 };
}

answerParent(run);
