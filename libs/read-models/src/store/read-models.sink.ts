import type { SinkBatch, SubscriptionSink } from '@replicante/subscriptions';
import { SubscriptionError } from '@replicante/subscriptions';
import type { DataSource } from 'typeorm';
import type { RowChange } from '../rows/row-group.js';
import { moveCheckpoint, putDeadLetters, readCheckpoint, recordPhase } from './checkpoint-row.js';
import { inTransaction, sqlOf, sqlState } from './sql.js';
import { upsertsOf } from './upsert-statement.js';

/** Data exceptions, constraints, rows or indexes larger than the server takes: no repeat mends these. */
const REFUSED = /^(22|23|54)/;

/** Rows, dead letters and checkpoint in one transaction, on the pool of TypeORM. */
export function readModelsSink(source: DataSource, name: string): SubscriptionSink<RowChange> {
  const sql = sqlOf(source);
  return {
    checkpoint: () => readCheckpoint(sql, name),
    record: (phase, message) => recordPhase(sql, name, phase, message),
    write: batch => refusing(() => write(source, name, batch)),
  };
}

async function write(source: DataSource, name: string, batch: SinkBatch<RowChange>): Promise<void> {
  await inTransaction(source, async sql => {
    await moveCheckpoint(sql, name, batch.from, batch.to);
    for (const { text, parameters } of upsertsOf(batch.changes)) await sql(text, parameters);
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
