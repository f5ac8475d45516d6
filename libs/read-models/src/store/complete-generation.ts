import type { DataSource } from 'typeorm';
import { GENERATION_INDEXES } from '../migrations/generation-indexes.js';
import { inTransaction, sqlOf, type Sql } from './sql.js';

/** Instances that complete at once (one of them thawed) take turns on this. */
const LOCK = 0x7265_6d69;

/**
 * Makes what bulk loading left out: keys of append-only tables, indexes, the planner's statistics. Each in a transaction
 * of its own, and only what is missing: after a crash or an abort the next call goes on from there.
 * Rejects when the signal aborts (the statement that runs is cancelled) and when the server is lost.
 */
export async function completeGeneration(source: DataSource, signal?: AbortSignal): Promise<void> {
  for (const { name, statement } of GENERATION_INDEXES)
    await step(source, signal, async sql => {
      const [found] = await sql<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
      if (!found?.there) await sql(statement);
    });
  // Or the first lists after the swap are planned as if the tables were empty.
  const tables = source.entityMetadatas.map(({ tableName }) => tableName);
  await step(source, signal, sql => sql(`ANALYZE ${tables.join(', ')}`));
}

async function step(
  source: DataSource,
  signal: AbortSignal | undefined,
  work: (sql: Sql) => Promise<unknown>,
): Promise<void> {
  signal?.throwIfAborted();
  await inTransaction(source, async sql => {
    // Longer than any other statement may take: it grows with the table.
    await sql('SET LOCAL statement_timeout = 0');
    const [backend] = await sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const cancel = () =>
      // One that cannot be cancelled ends by itself, and the next is not begun.
      void sqlOf(source)('SELECT pg_cancel_backend($1)', [backend?.pid]).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await sql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      await work(sql);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  });
}
