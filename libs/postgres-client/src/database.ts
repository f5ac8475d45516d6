import { Pool, type PoolClient, type PoolConfig, type QueryArrayConfig, type QueryArrayResult } from 'pg';

/** The client's own deadline passed; the statement may still run when the server wakes. */
export class DeadlineError extends Error {
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

/**
 * First statement of every connection. A server may be set to acknowledge before it syncs; what we acknowledge must
 * survive its crash. Stricter settings (a standby's word) stay as they are.
 */
const SESSION = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off'`;

/** A pool in which every wait has an end: for a connection, for the server, and for a server that is frozen. */
export class Database {
  readonly #pool: Pool;
  readonly #clients = new Set<PoolClient>();
  /** Connections whose session is set up. */
  readonly #begun = new WeakSet<PoolClient>();
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
      // A client that freezes within the migration must not hold its lock for ever.
      idle_in_transaction_session_timeout: statementTimeoutMs,
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
    let sent = false;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeadlineError(this.#deadlineMs)), this.#deadlineMs);
    });
    const run = async () => {
      if (!this.#begun.has(client)) await client.query(SESSION);
      this.#begun.add(client);
      sent = true;
      return work(client);
    };
    try {
      const result = await Promise.race([run(), deadline]);
      client.release();
      return result;
    } catch (error) {
      // Whatever went wrong, this connection's state is in doubt; a new one costs a millisecond.
      client.release(true);
      throw new StatementError(sent, error);
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
