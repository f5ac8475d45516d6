import { Pool, type PoolClient, type PoolConfig, type QueryArrayConfig, type QueryArrayResult } from 'pg';

/** The client's own deadline passed; the statement may still run when the server wakes. */
class DeadlineError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = 'DeadlineError';
  }
}

/** How the statement failed: `sent` false means that nothing reached the server. */
export class StatementError extends Error {
  constructor(
    readonly sent: boolean,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.name = 'StatementError';
  }
}

export interface DatabaseOptions {
  readonly connectionString: string;
  readonly maxConnections: number;
  readonly applicationName: string;
  /** For the server (statement timeout); the client waits one second longer, for the answer's way back. */
  readonly statementTimeoutMs: number;
}

/** How much later than the server the client gives up: the server's word "rolled back" is worth more than silence. */
const GRACE_MS = 1_000;

/** A pool in which every wait has an end: for a connection, for the server, and for a server that is frozen. */
export class Database {
  readonly #pool: Pool;
  readonly #clients = new Set<PoolClient>();
  readonly #deadlineMs: number;

  constructor(options: DatabaseOptions) {
    const { statementTimeoutMs } = options;
    this.#deadlineMs = statementTimeoutMs + GRACE_MS;
    const config: PoolConfig = {
      connectionString: options.connectionString,
      max: options.maxConnections,
      application_name: options.applicationName,
      connectionTimeoutMillis: statementTimeoutMs,
      statement_timeout: statementTimeoutMs,
      keepAlive: true,
    };
    this.#pool = new Pool(config);
    // Idle connections die with the server; the pool drops them and the next statement tells the caller.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', client => {
      this.#clients.add(client);
      // The pool listens to idle clients only; one that dies in use fails its statement and must not fail the process.
      client.on('error', () => undefined);
    });
    this.#pool.on('remove', client => this.#clients.delete(client));
  }

  /** One statement, rows as arrays. Rejects with `StatementError`. */
  async query<R extends unknown[]>(query: QueryArrayConfig): Promise<QueryArrayResult<R>> {
    return this.use(client => client.query<R>(query));
  }

  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw new StatementError(false, error);
    });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeadlineError(this.#deadlineMs)), this.#deadlineMs);
    });
    try {
      const result = await Promise.race([work(client), deadline]);
      client.release();
      return result;
    } catch (error) {
      // Whatever went wrong, this connection's state is in doubt; a new one costs a millisecond.
      client.release(true);
      throw new StatementError(true, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for statements under way, each of which has its deadline. */
  async close(): Promise<void> {
    await this.#pool.end();
    // A frozen server never says goodbye: then the sockets are closed under it.
    setTimeout(() => {
      for (const client of this.#clients) client.connection.stream.destroy();
    }, GRACE_MS).unref();
  }
}
