import { CoordinatorError } from '@replicante/coordinator';
import Consul from 'consul';
import { EventEmitter } from 'node:events';
import { asCoordinatorError, bodyOf, statusOf } from './coordinator-failure.js';

/** One key as Consul has it. Its indexes are those of Consul's one log. */
export interface KvRow {
  readonly path: string;
  readonly value: string;
  /** The session that holds the lock. */
  readonly session: string | undefined;
  readonly lockIndex: number;
  readonly modifyIndex: number;
  readonly createIndex: number;
}

export type ReadOperation = { readonly verb: 'get-or-empty' | 'get-tree'; readonly path: string };
export type WriteOperation =
  | { readonly verb: 'check-index'; readonly path: string; readonly index: number }
  | { readonly verb: 'check-not-exists' | 'delete'; readonly path: string }
  | { readonly verb: 'cas'; readonly path: string; readonly index: number; readonly value: string }
  | { readonly verb: 'delete-cas'; readonly path: string; readonly index: number }
  | {
      readonly verb: 'lock' | 'unlock';
      readonly path: string;
      readonly session: string;
      readonly value: string;
    };

/** `changed`: a check failed, or another session has the lock. `lock delay`: free, but not yet for anyone. */
export type WriteAnswer =
  { readonly kind: 'done'; readonly rows: readonly KvRow[] } | { readonly kind: 'changed' | 'lock delay' };

export interface ConsulAddress {
  /** `host:port`, or a URL with `http` or `https`. */
  readonly address: string;
  readonly token?: string;
  readonly datacenter?: string;
}

/** Operations of one transaction; Consul before 1.16 allowed 64. */
export const MAX_OPERATIONS = 60;

/** The part of the client that is used. Its own types know neither deadlines nor the operations of a transaction. */
interface Client {
  readonly session: {
    create(options: object): Promise<unknown>;
    renew(options: object): Promise<unknown>;
    get(options: object): Promise<unknown>;
    destroy(options: object): Promise<unknown>;
  };
  readonly transaction: { create(operations: readonly object[], options: object): Promise<unknown> };
  readonly kv: { get(options: object): Promise<unknown> };
  destroy(): void;
}

/** Every call has a deadline of its own, for a frozen server answers nothing and breaks no connection. */
export class ConsulCalls {
  readonly #client: Client;
  readonly #timeoutMs: number;

  constructor({ address, token, datacenter }: ConsulAddress, timeoutMs: number) {
    const url = new URL(address.includes('://') ? address : `http://${address}`);
    const secure = url.protocol === 'https:';
    this.#timeoutMs = timeoutMs;
    this.#client = new Consul({
      host: url.hostname,
      port: Number(url.port || (secure ? 443 : 80)),
      secure,
      defaults: {
        ...(token === undefined ? {} : { token }),
        ...(datacenter === undefined ? {} : { dc: datacenter }),
      },
    });
  }

  /** Answers the session's id. It ends by its TTL only: without checks of a node that may leave or be taken for dead. */
  async createSession(session: { name: string; ttlMs: number; lockDelayMs: number }): Promise<string> {
    const created = await this.#call(timeout =>
      this.#client.session.create({
        name: session.name,
        ttl: `${session.ttlMs}ms`,
        lockdelay: `${session.lockDelayMs}ms`,
        behavior: 'release',
        checks: [],
        timeout,
      }),
    );
    const id = isFields(created) ? created['ID'] : undefined;
    if (typeof id !== 'string') throw unexpected('a created session', created);
    return id;
  }

  async renewSession(id: string, timeoutMs: number): Promise<void> {
    await this.#call(async timeout => {
      try {
        await this.#client.session.renew({ id, timeout });
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        // A leader that was just elected, as after each restart, says so before it has read its log. This one waits.
        if ((await this.#client.session.get({ id, consistent: true, timeout })) !== undefined) throw error;
        throw new CoordinatorError('SESSION_ENDED', `Consul does not know session ${id} any more`);
      }
    }, timeoutMs);
  }

  /** Harmless for one that is gone. */
  async destroySession(id: string): Promise<void> {
    await this.#call(timeout => this.#client.session.destroy({ id, timeout }));
  }

  /**
   * One look at several keys and trees; what does not exist is left out. Asked of a leader that made sure that it still
   * is and has read its log: else one deposed a moment ago may answer, and one just elected shows keys as missing.
   */
  async read(operations: readonly ReadOperation[], timeoutMs = this.#timeoutMs): Promise<readonly KvRow[]> {
    const body = operations.map(({ verb, path }) => ({ KV: { Verb: verb, Key: path } }));
    const answer = await this.#call(
      timeout => this.#client.transaction.create(body, { timeout, consistent: true }),
      timeoutMs,
    );
    return transactionRows(answer).filter(row => row.modifyIndex > 0);
  }

  /** All of it or none. Rows are answered without their values. */
  async write(operations: readonly WriteOperation[]): Promise<WriteAnswer> {
    const body = operations.map(operation => ({
      KV: {
        Verb: operation.verb,
        Key: operation.path,
        ...('index' in operation ? { Index: operation.index } : {}),
        ...('session' in operation ? { Session: operation.session } : {}),
        ...('value' in operation ? { Value: Buffer.from(operation.value).toString('base64') } : {}),
      },
    }));
    return await this.#call<WriteAnswer>(async timeout => {
      try {
        const answer = await this.#client.transaction.create(body, { timeout });
        return { kind: 'done', rows: transactionRows(answer) };
      } catch (error) {
        if (statusOf(error) === 409) return { kind: refusal(bodyOf(error)) };
        throw error;
      }
    });
  }

  /** Waits until something below the path is another than at `index`, at most `waitMs`; `cancel` ends it with an error. */
  async changes(
    path: string,
    index: number,
    waitMs: number,
    cancel: AbortSignal,
  ): Promise<{ readonly rows: readonly KvRow[]; readonly index: number }> {
    const context = Object.assign(new EventEmitter(), { includeResponse: true });
    const abort = (): void => void context.emit('cancel');
    cancel.addEventListener('abort', abort);
    try {
      cancel.throwIfAborted();
      const wait = `${Math.round(waitMs / 1_000)}s`;
      // Consul answers up to a sixteenth of the wait later, so that not all who wait come back at once.
      const answer = await this.#call(
        timeout => this.#client.kv.get({ key: path, recurse: true, index, wait, timeout, ctx: context }),
        waitMs + waitMs / 16 + this.#timeoutMs,
      );
      if (!Array.isArray(answer)) throw unexpected('a blocking query', answer);
      const [response, rows] = answer as readonly unknown[];
      return { rows: Array.isArray(rows) ? rows.map(kvRow) : [], index: indexOf(response) };
    } finally {
      cancel.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #call<T>(call: (timeoutMs: number) => Promise<T>, timeoutMs = this.#timeoutMs): Promise<T> {
    try {
      return await call(Math.ceil(timeoutMs));
    } catch (error) {
      throw asCoordinatorError(error);
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const unexpected = (what: string, answer: unknown): CoordinatorError =>
  new CoordinatorError(
    'COORDINATOR_UNAVAILABLE',
    `Consul: ${what} was answered by ${String(answer).slice(0, 100)}`,
  );

function transactionRows(answer: unknown): KvRow[] {
  const results = isFields(answer) ? answer['Results'] : undefined;
  // `null` is how Go's JSON writes an empty list.
  if (results === null) return [];
  if (!Array.isArray(results)) throw unexpected('a transaction', answer);
  return results.map(result => {
    const row: unknown = isFields(result) ? result['KV'] : undefined;
    const { Value: value } = isFields(row) ? row : {};
    return { ...kvRow(row), value: typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '' };
  });
}

function kvRow(row: unknown): KvRow {
  if (!isFields(row) || typeof row['Key'] !== 'string') throw unexpected('a read', row);
  const { Value: value, Session: session } = row;
  return {
    path: row['Key'],
    value: typeof value === 'string' ? value : '',
    session: typeof session === 'string' && session !== '' ? session : undefined,
    lockIndex: Number(row['LockIndex']),
    modifyIndex: Number(row['ModifyIndex']),
    createIndex: Number(row['CreateIndex']),
  };
}

/** Why a transaction was refused. Only what is known to mean "another was first" says so: a missing right is no rival. */
function refusal(body: unknown): 'changed' | 'lock delay' {
  const errors =
    isFields(body) && Array.isArray(body['Errors']) ? (body['Errors'] as readonly unknown[]) : [];
  const said = errors.map(error => (isFields(error) ? String(error['What']) : '')).join('; ');
  if (/invalid session/i.test(said)) throw new CoordinatorError('SESSION_ENDED', `Consul: ${said}`);
  if (/due to lock delay/.test(said)) return 'lock delay';
  if (/index check|check index|index is stale|already held|lock isn't held|key ".*" exists/.test(said))
    return 'changed';
  throw new CoordinatorError('COORDINATOR_UNAVAILABLE', `Consul refused a transaction: ${said}`);
}

function indexOf(response: unknown): number {
  const headers = isFields(response) && isFields(response['headers']) ? response['headers'] : {};
  return Number(headers['x-consul-index'] ?? 0);
}
