import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ActionExecutor } from './action-executor.js';
import type { ActionHandler } from './action-handler.js';
import { ActionIntake } from './action-intake.js';
import { ActionStore } from './action-store.js';
import { AgentError } from './agent-error.js';
import type { AgentLog } from './agent-log.js';
import { serve } from './agent-routes.js';
import type { AgentSource } from './agent-source.js';
import { builtInActions } from './built-in-actions.js';
import { FenceStore } from './fence-store.js';
import { isLoopback } from './request-guard.js';

export interface AgentOptions {
  /** Where actions and fences are kept; made when absent. One living agent per directory. */
  readonly stateDir: string;
  /** The cluster whose fences count here: an agent serves one node of one cluster. */
  readonly clusterId: string;
  readonly source: AgentSource;
  /** Beside the built-in test actions. */
  readonly handlers: readonly ActionHandler[];
  readonly listen: {
    /** Default 127.0.0.1. */
    readonly host?: string;
    /** 0 takes a free one. */
    readonly port: number;
    /** Further names that clients may call this agent by; `name` or `name:port`. */
    readonly names?: readonly string[];
    /** PEM. With `clientCa` clients must show a certificate of it, and actions are served beyond loopback. */
    readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  };
  /** Per-install token that callers send as a bearer token. */
  readonly token?: string;
  readonly log: AgentLog;
  /** Milliseconds between two invocations of a RUNNING action; default 500 (upstream: 10,000). */
  readonly intervalMs?: number;
  /** Milliseconds that finished actions are kept; default 14 days. */
  readonly retentionMs?: number;
  /** Unfinished actions at most; default 100. */
  readonly maxQueued?: number;
  /** Bytes of a request's body; default 256 KiB. */
  readonly maxBodyBytes?: number;
  readonly now?: () => Date;
}

export interface RunningAgent {
  readonly port: number;
  readonly url: string;
  /** Stops intake, lets the invocation under way come back, closes. Idempotent. */
  stop(): Promise<void>;
}

const FOURTEEN_DAYS = 14 * 24 * 3_600_000;
/** Longer than clients keep a connection: the side that sends requests is the one to close it. */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_GRACE_MS = 2_000;

/** Serves the agent protocol and runs actions. Throws `STATE_UNREADABLE`, or the error of a busy port. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { log, listen, now = () => new Date() } = options;
  const host = listen.host ?? '127.0.0.1';
  const actions = await ActionStore.open(join(options.stateDir, 'actions'));
  const fences = await FenceStore.open(join(options.stateDir, 'fences.json'));
  const handlers = [...builtInActions, ...options.handlers];
  const executor = new ActionExecutor(actions, handlers, {
    intervalMs: options.intervalMs ?? 500,
    retentionMs: options.retentionMs ?? FOURTEEN_DAYS,
    now,
    log,
  });
  const intake = new ActionIntake(actions, fences, {
    clusterId: options.clusterId,
    kinds: new Set(handlers.map(handler => handler.kind)),
    maxQueued: options.maxQueued ?? 100,
    now,
  });
  const stopping = new AbortController();
  const hosts = new Set<string>();
  const routes = {
    source: options.source,
    actions,
    intake,
    guard: { token: options.token, hosts },
    actionsAllowed: isLoopback(host) || listen.tls?.clientCa !== undefined,
    maxBodyBytes: options.maxBodyBytes ?? 256 * 1024,
    onScheduled: () => executor.wake(),
    signal: stopping.signal,
    log,
  };
  const server = listen.tls ? createHttpsServer(tlsOptions(listen.tls)) : createHttpServer();
  server.on('request', (request, response) => void serve(request, response, routes));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const names = [
    host,
    ...(isLoopback(host) ? ['localhost', '127.0.0.1', '::1'] : []),
    ...(listen.names ?? []),
  ];
  for (const name of names) hosts.add(hostHeader(name, port));
  executor.start();
  log.info('agent listens', { host, port, actions: routes.actionsAllowed });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    stopping.abort(new AgentError('AGENT_STOPPING', 'this agent stops'));
    server.closeIdleConnections();
    const rest = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    await executor.stop();
    await closed;
    clearTimeout(rest);
  };
  return {
    port,
    url: `${listen.tls ? 'https' : 'http'}://${hostHeader(host, port)}`,
    stop: () => (stopped ??= stop()),
  };
}

function hostHeader(name: string, port: number): string {
  if (/^[^:]+:\d+$/.test(name)) return name.toLowerCase();
  return `${name.includes(':') ? `[${name}]` : name.toLowerCase()}:${port}`;
}

const tlsOptions = (tls: { readonly cert: string; readonly key: string; readonly clientCa?: string }) => ({
  cert: tls.cert,
  key: tls.key,
  ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
});
