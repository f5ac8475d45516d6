import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PostgresBinaries,
  type PostgresServer,
  adoptPostgres,
  dataDirectoryMajor,
  initdb,
  startPostgres,
} from '@replicante/postgres-server';
import { freePort, isPortFree, systemCode, writeFileDurably } from '@replicante/processes';
import type { Installation } from './installation.js';
import { secretFile } from './installation.js';

const SUPERUSER = 'replicante';

/** The embedded PostgreSQL that serves all four dependencies and the read models. */
export interface ControlDatabase {
  readonly server: PostgresServer;
  /** Secret: carries the password. */
  readonly url: string;
  readonly adopted: boolean;
}

/** Made on the first start, adopted when an earlier `kill -9` left it running, started otherwise. */
export async function startControlDatabase(
  binaries: PostgresBinaries,
  { controlDir, logs }: Pick<Installation, 'controlDir' | 'logs'>,
  /** Ports that others of the suite are about to take. */
  taken: readonly number[],
): Promise<ControlDatabase> {
  await mkdir(controlDir, { recursive: true, mode: 0o711 });
  const dataDir = join(controlDir, 'data');
  const logFile = join(logs, 'control-postgres.log');
  const passwordFile = join(controlDir, 'password');
  const password = await secretFile(passwordFile);
  if ((await dataDirectoryMajor(dataDir)) === undefined)
    await initdb(binaries, { dataDir, superuser: SUPERUSER, passwordFile });

  const running = await adoptPostgres({ dataDir, logFile });
  const server =
    running ??
    (await startPostgres(binaries, {
      dataDir,
      port: await keptPort(join(controlDir, 'port'), taken),
      logFile,
      settings: {
        fsync: true,
        synchronous_commit: true,
        max_connections: 120,
        shared_buffers: '64MB',
        // Recycled often enough that a small machine is not filled, seldom enough that checkpoints stay cheap.
        max_wal_size: '512MB',
        log_min_messages: 'warning',
      },
    }));
  await server.ready({ login: { user: SUPERUSER, password } });
  return {
    server,
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${server.port}/postgres`,
    adopted: running !== undefined,
  };
}

/** The same port on every start where it is free, so that a client's address stays true. */
async function keptPort(file: string, taken: readonly number[]): Promise<number> {
  const kept = await readFile(file, 'utf8').then(Number, (error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  const usable = kept !== undefined && Number.isInteger(kept) && !taken.includes(kept);
  if (usable && (await isPortFree(kept))) return kept;
  let port = await freePort();
  while (taken.includes(port)) port = await freePort();
  await writeFileDurably(file, `${port}\n`);
  return port;
}
