import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type PostgresServer,
  canTraverse,
  initdb,
  locateBinaries,
  startPostgres,
} from '@replicante/postgres-server';
import type { ProcessIdentity } from '@replicante/processes';
import { childrenOf, exitWithin, freePort, freeze, identify, sendSignal } from '@replicante/processes';
import { watchdog } from './watchdog.js';

export interface TestPostgresOptions {
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** fsync and full page writes on: for tests of durability and for measuring; default off, for speed. */
  readonly durable?: boolean;
}

/** A real PostgreSQL of one test file's own. */
export interface TestPostgres {
  /** `postgres://postgres:…@127.0.0.1:PORT/postgres`; stays valid over `restart`. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Pids of postmaster and children now. */
  pids(): readonly number[];
  /** Stops it and removes its files; harmless when repeated. */
  stop(): Promise<void>;
  /** SIGKILL to postmaster and backends; `restart` brings it back. */
  kill(): Promise<void>;
  /** SIGSTOP to postmaster and backends: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** A fast stop if it runs, then a start on the same port and data. */
  restart(): Promise<void>;
}

const FAST = { fsync: false, full_page_writes: false, synchronous_commit: false };
const SMALL = { shared_buffers: '64MB', max_connections: 200, max_wal_size: '256MB' };

/** What is left to do when the test run dies: end every process of the directory, then remove it. */
const CLEAN_UP = `
if read -r pid < "$1/data/postmaster.pid" 2>/dev/null; then
  if [ ! -d /proc/self ] || [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; then
    children=$(ps -A -o pid=,ppid= | while read -r child parent; do [ "$parent" = "$pid" ] && echo "$child"; done)
    kill -KILL "$pid" $children
  fi
fi
n=0; until rm -rf "$1" || [ $n -ge 50 ]; do n=$((n+1)); sleep 0.1; done
`;

/** Starts a PostgreSQL with a password, SCRAM and a temporary directory; about a second. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const binaries = await locateBinaries();
  const base = await temporaryBase(binaries.user);
  const dog = watchdog(CLEAN_UP, base);
  if (binaries.user) await chown(base, binaries.user.uid, binaries.user.gid);
  await chmod(base, 0o711);
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(base, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const dataDir = join(base, 'data');
  const logFile = join(base, 'postgres.log');
  const durable = options.durable ?? false;
  const port = await freePort();
  await initdb(binaries, { dataDir, superuser: 'postgres', passwordFile, durable });

  const start = () =>
    startPostgres(binaries, {
      dataDir,
      port,
      logFile,
      settings: { ...SMALL, ...(durable ? {} : FAST), ...options.settings },
      ready: { login: { user: 'postgres', password } },
    });
  let server: PostgresServer = await start();
  let removed = false;
  const pids = () => (server.isRunning() ? [server.identity.pid, ...childrenOf(server.identity.pid)] : []);

  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    password,
    dataDir,
    logFile,
    pids,
    stop: async () => {
      if (removed) return;
      removed = true;
      withAll(pids(), thaw);
      await server.stop({ graceMs: 5_000 });
      dog.dismiss();
      await rm(base, { recursive: true, force: true, maxRetries: 5 });
    },
    kill: async () => {
      const identities = pids().flatMap(pid => identify(pid) ?? []);
      for (const identity of identities) sendSignal(identity, 'SIGKILL');
      for (const identity of identities) await exitWithin(identity, 10_000);
    },
    freeze: () => withAll(pids(), freeze, pids),
    thaw: () => withAll([...pids()].reverse(), thaw),
    restart: async () => {
      withAll(pids(), thaw);
      await server.stop({ graceMs: 10_000 });
      server = await start();
    },
  };
}

/** Resolved, since processes are recognised by their directory; a private TMPDIR is of no use to another user. */
async function temporaryBase(
  user: { readonly uid: number; readonly gid: number } | undefined,
): Promise<string> {
  const usable = user === undefined || (await canTraverse(tmpdir(), user));
  return mkdtemp(join(await realpath(usable ? tmpdir() : '/var/tmp'), 'replicante-test-'));
}

const thaw = (identity: ProcessIdentity): boolean => sendSignal(identity, 'SIGCONT');

/** With `again`, also with children that were forked meanwhile (the postmaster is first and forks no more). */
function withAll(
  pids: readonly number[],
  act: (identity: ProcessIdentity) => boolean,
  again?: () => readonly number[],
): void {
  const done = new Set<number>();
  for (let round = pids; round.length > 0; round = (again?.() ?? []).filter(pid => !done.has(pid))) {
    for (const pid of round) {
      done.add(pid);
      const identity = identify(pid);
      if (identity) act(identity);
    }
  }
}
