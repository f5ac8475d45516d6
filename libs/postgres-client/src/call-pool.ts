import pg from 'pg';

const TRIES = 8;

export interface CallPoolOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly connections: number;
  /** Every call ends within about twice this, also against a frozen server: once to connect, once to ask. */
  readonly timeoutMs: number;
  /** What callers are told of a failure. */
  readonly asError: (failure: unknown) => Error;
  /** Failures after which the same statement is right; it is tried 8 times. Default: none. */
  readonly again?: (failure: unknown) => boolean;
  /** Hears of idle connections that broke: the next call opens another. */
  readonly onError: (error: unknown) => void;
}

export interface CallOptions {
  /** Prepares the statement once per connection. */
  readonly name?: string;
  /** For the answer, in place of the pool's. */
  readonly timeoutMs?: number;
}

/** A pool whose every call is one statement with a deadline, and whose every failure is the caller's own error. */
export class CallPool {
  readonly #pool: pg.Pool;

  constructor(private readonly options: CallPoolOptions) {
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      max: options.connections,
      connectionTimeoutMillis: options.timeoutMs,
      keepAlive: true,
    });
    this.#pool.on('error', options.onError);
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    { name, timeoutMs = this.options.timeoutMs }: CallOptions = {},
  ): Promise<Row[]> {
    const { asError, again = () => false } = this.options;
    for (let tries = 1; ; tries++) {
      try {
        const config: pg.QueryConfig & { query_timeout: number } = {
          text,
          values: [...values],
          query_timeout: Math.ceil(timeoutMs),
          ...(name && { name }),
        };
        return (await within(this.options.timeoutMs + timeoutMs, this.#pool.query<Row>(config))).rows;
      } catch (error) {
        if (tries >= TRIES || !again(error)) throw asError(error);
      }
    }
  }

  async close(): Promise<void> {
    // A connection to a frozen server never says goodbye.
    await within(this.options.timeoutMs, this.#pool.end()).catch(() => undefined);
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
