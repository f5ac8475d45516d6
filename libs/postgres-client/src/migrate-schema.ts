import type { ClientBase } from 'pg';
import { Database, StatementError } from './database.js';

/** For each statement, and for the wait until another process has done the same. */
const TIMEOUT_MS = 5_000;

export interface SchemaMigration {
  readonly connectionString: string;
  readonly applicationName: string;
  /** A plain identifier: it stands in statements as it is. */
  readonly schema: string;
  /** The schema's table of applied steps. */
  readonly ledger: 'migrations' | 'schema_step';
  /** SQL, in order. A step that was published never changes; the next one alters what it made. */
  readonly steps: readonly string[];
  /** Default 5,000 ms. */
  readonly timeoutMs?: number;
}

/**
 * Brings the schema to the newest step, over a connection of its own. N processes may do so at once: one does it, the
 * others wait and find it done. A schema that is newer than this code is refused: an older process must not write with
 * rules that have changed. Rejects with what the server or the connection said.
 */
export async function migrateSchema(migration: SchemaMigration): Promise<void> {
  const { connectionString, applicationName, timeoutMs: statementTimeoutMs = TIMEOUT_MS } = migration;
  const database = new Database({ connectionString, applicationName, statementTimeoutMs, maxConnections: 1 });
  try {
    await database.use(client => migrate(client, migration));
  } catch (error) {
    throw error instanceof StatementError ? error.cause : error;
  } finally {
    await database.close();
  }
}

async function migrate(client: ClientBase, { schema, ledger, steps }: SchemaMigration): Promise<void> {
  const table = `${schema}.${ledger}`;
  if ((await appliedSteps(client, table)) === steps.length) return;
  // On a failure the connection is dropped, and the transaction with it.
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `replicante.${schema}.schema`,
  ]);
  await client.query(`create schema if not exists ${schema}`);
  await client.query(
    `create table if not exists ${table} (step int primary key, applied_at timestamptz not null default now())`,
  );
  const applied = await appliedSteps(client, table);
  if (applied > steps.length)
    throw new Error(`schema ${schema} is at step ${applied}, newer than this program (${steps.length})`);
  for (const [index, step] of steps.entries()) {
    if (index < applied) continue;
    await client.query(step);
    await client.query(`insert into ${table} (step) values ($1)`, [index + 1]);
  }
  await client.query('commit');
}

async function appliedSteps(client: ClientBase, table: string): Promise<number> {
  const exists = await client.query<{ found: boolean }>(`select to_regclass($1) is not null as found`, [
    table,
  ]);
  if (exists.rows[0]?.found !== true) return 0;
  // The ledgers of some schemas begin at 0: there the number of rows tells.
  const newest = await client.query<{ step: number }>(
    `select greatest(count(*), coalesce(max(step), 0))::int as step from ${table}`,
  );
  return newest.rows[0]?.step ?? 0;
}
