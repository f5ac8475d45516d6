import pg from 'pg';

const CHANNEL = 'replicante_coordinator_freed';
const RECONNECT_MS = 1_000;

export const notifyFreed = (key: string): string => `pg_notify('${CHANNEL}', left(${key}, 1000))`;

/**
 * Wakes those who wait for a key. Only faster than polling: a lost notification costs one poll interval.
 * Connected while somebody waits; not at all otherwise.
 */
export class FreedListener {
  readonly #waiting = new Map<string, Set<() => void>>();
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly timeoutMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  on(key: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(wake));
    clearTimeout(this.#idle);
    this.#connect();
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.#disconnectWhenIdle();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    if (client) await this.#end(client);
  }

  #connect(): void {
    if (this.#client || this.#retry || this.#closed) return;
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'replicante-coordinator-listener',
      connectionTimeoutMillis: this.timeoutMs,
      keepAlive: true,
    });
    this.#client = client;
    client.on('notification', ({ payload }) => {
      for (const wake of [...(this.#waiting.get(payload ?? '') ?? [])]) wake();
    });
    client.on('error', error => {
      this.#lost(client, error);
    });
    client.on('end', () => {
      this.#lost(client, new Error('the listening connection ended'));
    });
    client
      .connect()
      .then(() => client.query(`listen ${CHANNEL}`))
      .catch((error: unknown) => {
        this.#lost(client, error);
      });
  }

  #lost(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.onError(error);
    void this.#end(client);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (this.#waiting.size > 0) this.#connect();
    }, RECONNECT_MS);
  }

  /** A waiter that polls comes and goes: keep the connection over short gaps. */
  #disconnectWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const client = this.#client;
      this.#client = undefined;
      if (client) void this.#end(client);
    }, 10 * RECONNECT_MS);
    this.#idle.unref();
  }

  async #end(client: pg.Client): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>(resolve => {
      timer = setTimeout(resolve, this.timeoutMs);
    });
    await Promise.race([client.end().catch(this.onError), enough]);
    clearTimeout(timer);
  }
}
