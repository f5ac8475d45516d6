import { Client } from 'pg';

/** For connecting and for each answer; after it the connection counts as lost. */
const ANSWER_MS = 5_000;
/** Pause before a lost connection is tried again. */
const RECONNECT_MS = 1_000;

export interface ListenerOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** A plain identifier. */
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** Notifications are heard from now on: look once for what came while nobody listened. */
  readonly onListening?: () => void;
  /** A connection that was lost, or could not be had; it is tried again. */
  readonly onError?: (error: unknown) => void;
}

/**
 * One connection that hears and sends notifications of one channel. Best effort: what is lost costs others one poll.
 * It holds nothing, so its commits need not be synced, and it is hung up on without a farewell.
 */
export class Listener {
  #client: Client | undefined;
  #opening: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: ListenerOptions) {}

  /** Resolves when notifications are heard, or when the first try has failed (it is tried again until `close`). */
  open(): Promise<void> {
    return this.#client === undefined && this.#retry === undefined ? this.#connect() : this.#opening;
  }

  /** Connects first when there is no connection. Never rejects. */
  async notify(payload: string): Promise<void> {
    await (this.#client === undefined ? this.#connect() : this.#opening);
    const client = this.#client;
    if (client === undefined) return;
    try {
      await client.query('select pg_notify($1, $2)', [this.options.channel, payload]);
    } catch (error) {
      this.#lost(client, error);
    }
  }

  /** May be opened again. */
  close(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) hangUp(client);
  }

  #connect(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const { connectionString, applicationName, channel, onNotification, onListening } = this.options;
    const client = new Client({
      connectionString,
      application_name: applicationName,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      options: '-c synchronous_commit=off',
      keepAlive: true,
    });
    this.#client = client;
    client.on('error', error => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the listening connection ended')));
    client.on('notification', ({ payload = '' }) => {
      if (this.#client === client) onNotification(payload);
    });
    this.#opening = client
      .connect()
      .then(() => client.query(`listen ${channel}`))
      .then(
        () => {
          if (this.#client === client) onListening?.();
        },
        (error: unknown) => this.#lost(client, error),
      );
    return this.#opening;
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    hangUp(client);
    this.#retry = setTimeout(() => void this.#connect(), RECONNECT_MS);
    this.options.onError?.(error);
  }
}

/** A frozen server never says goodbye: the socket is closed under it. */
function hangUp(client: Client): void {
  client.connection.stream.destroy();
}
