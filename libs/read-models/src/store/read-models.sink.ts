import type { SinkBatch, SubscriptionSink } from '@replicante/subscriptions';
import { SubscriptionError } from '@replicante/subscriptions';
import type { DataSource } from 'typeorm';
import { DECISION_HISTORY } from '../rows/decision-rows.js';
import { EVENT } from '../rows/event-rows.js';
import type { RowChange } from '../rows/row-group.js';
import { moveCheckpoint, putDeadLetters, readCheckpoint, recordPhase } from './checkpoint-row.js';
import { completeGeneration } from './complete-generation.js';
import { inTransaction, sqlOf, sqlState } from './sql.js';
import { upsertsOf } from './upsert-statement.js';

/** Data exceptions, constraints, rows or indexes larger than the server takes: no repeat mends these. */
const REFUSED = /^(22|23|54)/;

const APPEND_ONLY = [EVENT, DECISION_HISTORY].map(({ table }) => table);

export interface ReadModelsSink extends SubscriptionSink<RowChange> {
  /** Makes the generation whole (`completeGeneration`); rows are written as live ones from then on. */
  complete(signal?: AbortSignal): Promise<void>;
}

/**
 * Rows, dead letters and checkpoint in one transaction, on the pool of TypeORM.
 * `bulk`: the generation is private and was opened so (`openGeneration`); until `complete` its append-only tables are
 * inserted into without looking for what is there, since rows and checkpoint come together or not at all.
 */
export function readModelsSink(source: DataSource, name: string, { bulk = false } = {}): ReadModelsSink {
  const sql = sqlOf(source);
  let loading = bulk;
  return {
    checkpoint: () => readCheckpoint(sql, name),
    record: (phase, message) => recordPhase(sql, name, phase, message),
    write: batch => refusing(() => write(source, name, batch, loading)),
    complete: async signal => {
      await completeGeneration(source, signal);
      loading = false;
    },
  };
}

async function write(
  source: DataSource,
  name: string,
  batch: SinkBatch<RowChange>,
  bulk: boolean,
): Promise<void> {
  await inTransaction(source, async sql => {
    await moveCheckpoint(sql, name, batch.from, batch.to);
    // Somebody removed the checkpoint: what was inserted before would be there twice.
    if (bulk && batch.from === undefined) await sql(`TRUNCATE ${APPEND_ONLY.join(', ')}`);
    for (const { text, parameters } of upsertsOf(batch.changes, { bulk })) await sql(text, parameters);
    await putDeadLetters(sql, name, batch.deadLetters);
  });
}

/** A checkpoint of something that keeps its results elsewhere (the gateway: on the bus). */
export function checkpointsOf(source: DataSource, name: string) {
  const sql = sqlOf(source);
  return {
    checkpoint: () => readCheckpoint(sql, name),
    record: (...[phase, message]: Parameters<SubscriptionSink<never>['record']>) =>
      recordPhase(sql, name, phase, message),
    move: (
      from: string | undefined,
      to: SinkBatch<never>['to'],
      deadLetters: SinkBatch<never>['deadLetters'],
    ): Promise<void> =>
      inTransaction(source, async within => {
        await moveCheckpoint(within, name, from, to);
        await putDeadLetters(within, name, deadLetters);
      }),
  };
}

/** The server refused the values themselves. */
export const isRefusal = (error: unknown): boolean => REFUSED.test(sqlState(error) ?? '');

async function refusing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SubscriptionError('CHANGES_REFUSED', `${sqlState(error)}: ${message}`, { cause: error });
  }
}
