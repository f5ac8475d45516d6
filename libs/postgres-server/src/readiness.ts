import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, systemCode } from '@replicante/processes';
import pg from 'pg';
import { PostgresServerError } from './postgres-server-error.js';

export interface ReadyOptions {
  /** Default 60 s: recovery after a crash can take a while. */
  readonly timeoutMs?: number;
  /** Without a login, a server that asks for one counts as ready. */
  readonly login?: { readonly user: string; readonly password: string; readonly database?: string };
}

/** `cannot_connect_now`: starting up, shutting down or not yet consistent. */
const NOT_NOW = '57P03';
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const ASKS_FOR_LOGIN = new Set(['28P01', '28000', '3D000']);

/**
 * Waits until the server on 127.0.0.1 answers a query. `saysReady` is what the server wrote of itself, and throws when its
 * process is gone: without it a stranger on that port would answer for a server that could not bind it.
 */
export async function waitUntilReady(
  port: number,
  saysReady: () => Promise<boolean>,
  options: ReadyOptions = {},
): Promise<void> {
  const end = performance.now() + (options.timeoutMs ?? 60_000);
  let last: unknown;
  for (let pause = 15; ; pause = Math.min(pause * 1.5, 250)) {
    const ready = await saysReady();
    const left = end - performance.now();
    if (left <= 0) {
      const why = last === undefined ? 'no answer' : messageOf(last);
      throw new PostgresServerError('NOT_READY', `PostgreSQL on port ${port} is not ready: ${why}`, {
        cause: last,
      });
    }
    try {
      if (ready) return await ask(port, options.login, Math.min(left, 2_000));
    } catch (error) {
      if (!isPassing(error)) throw error;
      last = error;
    }
    await delay(Math.min(pause, left));
  }
}

async function ask(port: number, login: ReadyOptions['login'], timeoutMs: number): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: login?.user ?? 'readiness',
    // Never taken from the environment or a passfile: without a login an empty one is refused, which is an answer.
    password: login?.password ?? '',
    database: login?.database ?? 'postgres',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    ssl: false,
  });
  client.on('error', () => undefined); // a later loss of this connection is no news: the probe has its answer
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    if (!login && asksForLogin(error)) return;
    throw error;
  } finally {
    await client.end();
  }
}

function asksForLogin(error: unknown): boolean {
  return ASKS_FOR_LOGIN.has(systemCode(error) ?? '') || messageOf(error).startsWith('SASL');
}

function isPassing(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return code === NOT_NOW || NETWORK.has(code) || /timeout|terminated/i.test(messageOf(error));
}
