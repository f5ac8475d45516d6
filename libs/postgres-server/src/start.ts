import { setTimeout as delay } from 'node:timers/promises';
import { type DetachedProcess, spawnDetached } from '@replicante/processes';
import type { PostgresBinaries } from './binaries.js';
import { requireDataDirectory } from './data-directory.js';
import { PostgresServerError } from './postgres-server-error.js';
import { type PostmasterState, inspectPostmaster, processesIn } from './postmaster.js';
import type { ReadyOptions } from './readiness.js';
import { type PostgresServer, serverHandle } from './server.js';

export interface LaunchOptions {
  readonly dataDir: string;
  /** Of 127.0.0.1, the only address listened on. */
  readonly port: number;
  /** Given as `-c name=value`; they win over postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly logFile: string;
  /** How long processes of a killed postmaster may hold the directory; default 15 s. */
  readonly orphanGraceMs?: number;
}

export interface StartOptions extends LaunchOptions {
  readonly ready?: ReadyOptions;
}

/** Starts (or adopts) a server and waits until it answers. */
export async function startPostgres(
  binaries: PostgresBinaries,
  options: StartOptions,
): Promise<PostgresServer> {
  const server = await launchPostgres(binaries, options);
  await server.ready(options.ready);
  return server;
}

/** Starts (or adopts) the server of a data directory and does not wait for it; for supervisors of standbys. */
export async function launchPostgres(
  binaries: PostgresBinaries,
  options: LaunchOptions,
): Promise<PostgresServer> {
  await requireDataDirectory(options.dataDir, binaries.major);
  const state = await settledState(options);
  if (state.kind === 'running') return adopt(state, options);
  const reused = state.kind === 'stale' ? state.reusedPid : undefined;
  const started = await spawnPostmaster(binaries, options, reused);
  return serverHandle({
    identity: started.identity,
    exited: started.exited,
    port: options.port,
    dataDir: options.dataDir,
    adopted: false,
    logFile: options.logFile,
  });
}

/** The running server of a data directory, or undefined when none runs; throws `POSTMASTER_DOUBTFUL`. */
export async function adoptPostgres(
  options: Pick<LaunchOptions, 'dataDir' | 'logFile'>,
): Promise<PostgresServer | undefined> {
  const state = await inspectPostmaster(options.dataDir);
  if (state.kind === 'doubtful') throw doubt(state, options.dataDir);
  return state.kind === 'running' ? adopt(state, options) : undefined;
}

function adopt(
  state: Extract<PostmasterState, { kind: 'running' }>,
  { dataDir, logFile }: Pick<LaunchOptions, 'dataDir' | 'logFile'>,
): PostgresServer {
  return serverHandle({
    identity: state.identity,
    port: state.port,
    dataDir,
    adopted: true,
    exited: undefined,
    logFile,
  });
}

/**
 * A stale file is never deleted: deleting it would also remove the server's own check for shared memory that is still in
 * use. A pid that lives on in a stranger is passed as PG_GRANDPARENT_PID instead, which makes the server skip just that
 * pid (as `pg_ctl` does for its own shell) and keep every other check.
 */
async function spawnPostmaster(
  binaries: PostgresBinaries,
  options: LaunchOptions,
  reusedPid: number | undefined,
): Promise<DetachedProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...options.settings,
  };
  return spawnDetached({
    command: binaries.postgres,
    args: [
      '-D',
      options.dataDir,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${settingText(value)}`]),
    ],
    cwd: options.dataDir,
    env: {
      PATH: process.env['PATH'],
      LC_ALL: 'C',
      TZ: 'UTC',
      ...(reusedPid === undefined ? {} : { PG_GRANDPARENT_PID: String(reusedPid) }),
    },
    logFile: options.logFile,
    user: binaries.user,
  });
}

function settingText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

/**
 * What runs on the directory once no process of a killed postmaster is left: after a `kill -9` they end by themselves
 * within moments; a frozen one does not.
 */
async function settledState({ dataDir, orphanGraceMs = 15_000 }: LaunchOptions): Promise<PostmasterState> {
  const end = performance.now() + orphanGraceMs;
  for (;;) {
    const state = await inspectPostmaster(dataDir);
    if (state.kind === 'running') return state;
    if (state.kind === 'doubtful') throw doubt(state, dataDir);
    const left = processesIn(dataDir);
    if (left.length === 0) return state;
    if (performance.now() > end) {
      throw new PostgresServerError(
        'START_FAILED',
        `processes ${left.join(', ')} of a killed PostgreSQL still use ${dataDir}: end them first.`,
      );
    }
    await delay(20);
  }
}

function doubt(state: Extract<PostmasterState, { kind: 'doubtful' }>, dataDir: string): PostgresServerError {
  return new PostgresServerError(
    'POSTMASTER_DOUBTFUL',
    `${dataDir}/postmaster.pid names process ${state.pid}, which may or may not be its server (${state.why}): ` +
      'end that process, or remove the file if it is another program.',
  );
}
