import type { DataSource, QueryRunner } from 'typeorm';
import { ROW_TYPES } from '../queries/row-types.js';

/** Rows of a statement, whatever its verb. */
export type Sql = <T>(statement: string, parameters?: readonly unknown[]) => Promise<readonly T[]>;

/** On the data source's pool, or within the transaction of a runner. */
export const sqlOf = (source: DataSource | QueryRunner): Sql => {
  return async <T>(statement: string, parameters: readonly unknown[] = []) => {
    if ('isTransactionActive' in source) return await run<T>(source, statement, parameters);
    const runner = source.createQueryRunner();
    try {
      return await run<T>(runner, statement, parameters);
    } finally {
      await runner.release();
    }
  };
};

/** What of the driver's connection is used beside TypeORM. */
interface Connection {
  query(statement: {
    readonly name?: string;
    readonly text: string;
    readonly values: readonly unknown[];
    readonly types: typeof ROW_TYPES;
  }): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * Past TypeORM's own `query`, which knows no prepared statements: planning a list took longer than reading it. Texts are
 * few (values are parameters); those beyond the cap are planned each time.
 */
async function run<T>(
  runner: QueryRunner,
  statement: string,
  parameters: readonly unknown[],
): Promise<readonly T[]> {
  const connection = (await runner.connect()) as Connection;
  const name = statementName(statement, parameters);
  const { rows } = await connection.query({
    ...(name !== undefined && { name }),
    text: statement,
    values: parameters,
    types: ROW_TYPES,
  });
  return rows as readonly T[];
}

const MOST_PREPARED = 300;
const names = new Map<string, string>();

function statementName(statement: string, parameters: readonly unknown[]): string | undefined {
  if (parameters.length === 0) return undefined;
  const known = names.get(statement);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `read_models_${names.size + 1}`;
  names.set(statement, name);
  return name;
}

/** One transaction on a connection of the pool. */
export async function inTransaction<R>(source: DataSource, work: (sql: Sql) => Promise<R>): Promise<R> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction();
    const result = await work(sqlOf(runner));
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // A connection that is gone cannot roll back, and need not: the server did.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** SQLSTATE of a failed statement; undefined when the failure is not the server's word. */
export function sqlState(error: unknown): string | undefined {
  const driverError: unknown =
    typeof error === 'object' && error !== null && 'driverError' in error ? error.driverError : error;
  const code: unknown =
    typeof driverError === 'object' && driverError !== null && 'code' in driverError
      ? driverError.code
      : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
