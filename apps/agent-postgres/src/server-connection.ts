import { Socket } from 'node:net';
import pg from 'pg';

export interface ServerLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly applicationName: string;
}

/** Short: all of it is one machine or one network, and a look at a frozen server must end within a cycle. */
const CONNECT_MS = 2_000;
const ANSWER_MS = 2_000;

/**
 * One connection that is made when it is needed and kept while it works. A server that is frozen costs a query its
 * time-out and the connection; nothing waits for ever, and nothing is retried here.
 */
export class ServerConnection {
  #open: { readonly client: pg.Client; readonly socket: Socket } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly login: ServerLogin) {}

  /** The rows of one statement. Rejects with the driver's error; the next call connects anew when it has to. */
  query(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const result = this.#last.then(() => this.#query(text, values));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** At once; a query under way fails. */
  close(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.socket.destroy();
  }

  async #query(text: string, values: readonly unknown[]) {
    const client = this.#open?.client ?? (await this.#connect());
    try {
      const result = await client.query<Record<string, unknown>>(text, [...values]);
      return result.rows;
    } catch (error) {
      // An error that the server told (it has a five-letter state) leaves the connection good; any other does not.
      if (!isServerError(error)) this.close();
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const socket = new Socket();
    const client = new pg.Client({
      host: this.login.host,
      port: this.login.port,
      user: this.login.user,
      password: this.login.password,
      database: 'postgres',
      application_name: this.login.applicationName,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      ssl: false,
      stream: () => socket,
    });
    const open = { client, socket };
    // The server ended it while idle: the next query connects anew.
    client.on('error', () => {
      if (this.#open === open) this.#open = undefined;
      socket.destroy();
    });
    try {
      await client.connect();
    } catch (error) {
      socket.destroy();
      throw error;
    }
    this.#open = open;
    return client;
  }
}

function isServerError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('severity' in error))
    return false;
  return error.severity === 'ERROR';
}
