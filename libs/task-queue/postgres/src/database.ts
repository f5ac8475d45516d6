import { TaskQueueError } from '@replicante/task-queue';
import pg from 'pg';

/** Deadlock, serialisation failure, and a unique index that met a concurrent enqueue: the same statement again is right. */
const AGAIN = new Set(['40P01', '40001', '23505']);
const TRIES = 8;

export type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

export interface DatabaseOptions {
  readonly connectionString: string;
  readonly connections: number;
  /** Every call ends within about twice this, also against a frozen server: once to connect, once to ask. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/** A pool whose every call has a deadline and whose every failure is a `TaskQueueError`. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;

  constructor(options: DatabaseOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      application_name: 'replicante-task-queue',
      max: options.connections,
      connectionTimeoutMillis: options.timeoutMs,
      query_timeout: options.timeoutMs,
      keepAlive: true,
    });
    // An idle connection that breaks: the next call opens another.
    this.#pool.on('error', options.onError);
  }

  /** One statement. `name` prepares it once per connection. */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        const asked = this.#pool.query<Row>({ text, values: [...values], ...(name && { name }) });
        return (await within(2 * this.#timeoutMs, asked)).rows;
      } catch (error) {
        if (tries >= TRIES || !AGAIN.has(stateOf(error))) throw asTaskQueueError(error);
      }
    }
  }

  /** Only for the schema: everything else is one statement, so that a frozen client never holds a lock. */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asTaskQueueError(error);
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
      throw asTaskQueueError(error);
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

const stateOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

function asTaskQueueError(error: unknown): TaskQueueError {
  if (error instanceof TaskQueueError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TaskQueueError('QUEUE_UNAVAILABLE', `the task queue's database: ${message}`, { cause: error });
}
