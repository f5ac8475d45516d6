import type { ClientBase } from 'pg';
import { MIGRATIONS } from './schema.js';

/** Any number that no other library of ours takes for its advisory lock ("evbs"). */
const LOCK = 0x65766273;

/**
 * Brings the schema to the newest step. N processes may do so at once: one does it, the others wait and find it done.
 * A schema that is newer than this code is refused: an older process must not write with rules that have changed.
 */
export async function migrate(client: ClientBase): Promise<void> {
  if ((await appliedSteps(client)) === MIGRATIONS.length) return;
  // On a failure the connection is dropped by the caller, and the transaction with it.
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
  await client.query('create schema if not exists event_bus');
  await client.query(
    'create table if not exists event_bus.migrations (step int primary key, applied_at timestamptz not null default now())',
  );
  const applied = await appliedSteps(client);
  if (applied > MIGRATIONS.length)
    throw new Error(`schema event_bus is at step ${applied}, newer than this program (${MIGRATIONS.length})`);
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < applied) continue;
    await client.query(step);
    await client.query('insert into event_bus.migrations (step) values ($1)', [index + 1]);
  }
  await client.query('commit');
}

async function appliedSteps(client: ClientBase): Promise<number> {
  const exists = await client.query<{ found: boolean }>(
    `select to_regclass('event_bus.migrations') is not null as found`,
  );
  if (exists.rows[0]?.found !== true) return 0;
  const newest = await client.query<{ step: number }>(
    'select coalesce(max(step), 0) as step from event_bus.migrations',
  );
  return newest.rows[0]?.step ?? 0;
}
