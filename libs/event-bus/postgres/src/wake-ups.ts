import { Client } from 'pg';

/** For connecting and for each answer; after it the connection counts as lost. */
const ANSWER_MS = 5_000;

/** `records`: something was published. `groups`: a member came, went or gave a partition back. */
export type WakeTopic = 'records' | 'groups';

export interface WakeUpOptions {
  readonly connectionString: string;
  readonly channel: string;
  readonly applicationName: string;
  /** Notifications of one process are sent at most once in this time, after the commits that they tell of. */
  readonly debounceMs: number;
  /** Pause before a lost connection is tried again. */
  readonly reconnectMs: number;
  readonly onWake: (what: WakeTopic) => void;
}

/**
 * One connection per process that tells others of commits and hears of theirs. Best effort in every respect: readers
 * poll as well, so nothing here is ever reported as an error.
 *
 * NOTIFY stays out of the appending transaction: it takes a lock over all databases at commit (measured 3 to 4 times
 * slower). Its own transaction need not be synced: a crash loses a wake-up only.
 */
export class WakeUps {
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #debounce: NodeJS.Timeout | undefined;
  readonly #pending = new Set<WakeTopic>();
  /** One at a time: a slow server must not pile them up on the connection. */
  #sending: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly options: WakeUpOptions) {}

  /** Resolves when others' commits are heard, or when the first try has failed (it is tried again). */
  async listen(): Promise<void> {
    if (this.#client !== undefined || this.#closed) return;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    await this.#connecting;
  }

  notify(what: WakeTopic): void {
    this.#pending.add(what);
    this.#debounce ??= setTimeout(() => {
      this.#debounce = undefined;
      this.#sending = this.#sending.then(() => this.#send());
    }, this.options.debounceMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#debounce);
    this.#drop();
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.options.connectionString,
      application_name: this.options.applicationName,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      options: '-c synchronous_commit=off',
      keepAlive: true,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload = '' }) => {
      if (payload.includes('records')) this.options.onWake('records');
      if (payload.includes('groups')) this.options.onWake('groups');
    });
    try {
      await client.connect();
      await client.query(`listen ${this.options.channel}`);
    } catch {
      // Tried again later; until then readers poll.
      this.#lost(client);
      return;
    }
    this.#client = client;
    if (this.#closed) this.#drop();
    // What was committed while nobody listened.
    this.options.onWake('records');
    this.options.onWake('groups');
  }

  #lost(client: Client): void {
    client.removeAllListeners('notification');
    if (this.#client === client) this.#client = undefined;
    hangUp(client);
    if (this.#closed || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.listen();
    }, this.options.reconnectMs);
  }

  #drop(): void {
    if (this.#client !== undefined) hangUp(this.#client);
    this.#client = undefined;
  }

  async #send(): Promise<void> {
    await this.listen();
    const client = this.#client;
    if (client === undefined || this.#pending.size === 0) return;
    await client
      .query('select pg_notify($1, $2)', [this.options.channel, ''])
      .catch(() => this.#lost(client));
  }
}

/** A frozen server never says goodbye: the socket is closed under it. The session holds nothing worth a farewell. */
function hangUp(client: Client): void {
  client.connection.stream.destroy();
}
