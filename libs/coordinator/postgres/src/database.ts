import { CoordinatorError } from '@replicante/coordinator';
import pg from 'pg';

/** Raised by the function `coordinator.acquire`. */
const SESSION_ENDED_STATE = 'RC001';
const FOREIGN_KEY_VIOLATION = '23503';

export type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

export interface DatabaseOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly connections: number;
  /** Every call ends within about twice this, also against a frozen server: once to connect, once to ask. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/** A pool whose every call has a deadline and whose every failure is a `CoordinatorError`. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;

  constructor(options: DatabaseOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      max: options.connections,
      connectionTimeoutMillis: options.timeoutMs,
      keepAlive: true,
    });
    // An idle connection that breaks: the next call opens another.
    this.#pool.on('error', options.onError);
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    timeoutMs = this.#timeoutMs,
  ): Promise<Row[]> {
    try {
      const config: pg.QueryConfig & { query_timeout: number } = {
        text,
        values: [...values],
        query_timeout: Math.ceil(timeoutMs),
      };
      return await within(this.#timeoutMs + timeoutMs, this.#pool.query<Row>(config)).then(
        result => result.rows,
      );
    } catch (error) {
      throw asCoordinatorError(error);
    }
  }

  /** Only for the schema: everything else is one statement, so that a frozen client never holds a lock. */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asCoordinatorError(error);
    });
    try {
      await client.query('begin');
      const answer = await work(
        async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
          (await client.query<Row>(text, [...values])).rows,
      );
      await client.query('commit');
      client.release();
      return answer;
    } catch (error) {
      // Destroying the connection rolls back.
      client.release(true);
      throw asCoordinatorError(error);
    }
  }

  async close(): Promise<void> {
    // A connection to a frozen server never says goodbye.
    await within(this.#timeoutMs, this.#pool.end()).catch(() => undefined);
  }
}

/** pg's own time-outs cover connecting and asking; this one also covers a pool that is full of hanging calls. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${Math.round(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function asCoordinatorError(error: unknown): CoordinatorError {
  if (error instanceof CoordinatorError) return error;
  const state = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  // A foreign key: the session's row went away between the look and the insert.
  if (state === SESSION_ENDED_STATE || state === FOREIGN_KEY_VIOLATION)
    return new CoordinatorError('SESSION_ENDED', message, { cause: error });
  return new CoordinatorError('COORDINATOR_UNAVAILABLE', `the coordinator's database: ${message}`, {
    cause: error,
  });
}
