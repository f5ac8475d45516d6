import { chown, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, runToEnd, syncDirectory, systemCode, writeFileDurably } from '@replicante/processes';
import type { PostgresBinaries } from './binaries.js';
import { PostgresServerError } from './postgres-server-error.js';

export interface InitdbOptions {
  /** Absolute; absent or empty. Its parent exists and the database's user can pass through it. */
  readonly dataDir: string;
  readonly superuser: string;
  /** Readable by us; its first line is the superuser's password. */
  readonly passwordFile: string;
  /** Default `scram-sha-256`; `trust` is not offered (safety.md §13). */
  readonly authMethod?: 'scram-sha-256';
  /** Page checksums; default true. */
  readonly checksums?: boolean;
  /** fsync everything before it counts as made; default true. */
  readonly durable?: boolean;
  /** Called on the finished directory before it gets its name: configuration that must be there from the first start. */
  readonly prepare?: (directory: string) => Promise<void>;
}

/**
 * Makes a data directory. It is made beside its place and renamed, so that `dataDir` is complete whenever it exists: a
 * crash in the middle leaves only `<dataDir>.initialising`, which the next call replaces.
 */
export async function initdb(binaries: PostgresBinaries, options: InitdbOptions): Promise<void> {
  const { dataDir } = options;
  await requireEmpty(dataDir);
  const draft = `${dataDir}.initialising`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const { user } = binaries;
  if (user) await chown(draft, user.uid, user.gid);
  await withReadablePassword(options, user, passwordFile => run(binaries, options, draft, passwordFile));
  await options.prepare?.(draft);
  await rmdir(dataDir).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
  await rename(draft, dataDir);
  if (options.durable ?? true) await syncDirectory(dirname(dataDir));
}

async function run(
  binaries: PostgresBinaries,
  options: InitdbOptions,
  draft: string,
  passwordFile: string,
): Promise<void> {
  const flags = [
    `--pgdata=${draft}`,
    `--username=${options.superuser}`,
    `--pwfile=${passwordFile}`,
    `--auth=${options.authMethod ?? 'scram-sha-256'}`,
    // The built-in provider sorts alike on every host, so a base backup works between different systems.
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    (options.checksums ?? true) ? '--data-checksums' : '--no-data-checksums',
    ...((options.durable ?? true) ? [] : ['--no-sync']),
  ];
  try {
    await runToEnd({
      command: binaries.initdb,
      args: flags,
      cwd: draft,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      user: binaries.user,
      timeoutMs: 180_000,
    });
  } catch (error) {
    throw new PostgresServerError(
      'INITDB_FAILED',
      `initdb of ${options.dataDir} failed: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function requireEmpty(dataDir: string): Promise<void> {
  try {
    if ((await readdir(dataDir)).length === 0) return;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  throw new PostgresServerError(
    'DATA_DIRECTORY_NOT_EMPTY',
    `${dataDir} is not empty: it is never initialised again.`,
  );
}

/** The password file is 0600 and ours; another user that runs initdb gets a copy of its own for that moment. */
async function withReadablePassword(
  { passwordFile, dataDir }: Pick<InitdbOptions, 'passwordFile' | 'dataDir'>,
  user: PostgresBinaries['user'],
  use: (path: string) => Promise<void>,
): Promise<void> {
  if (!user || (await lstat(passwordFile)).uid === user.uid) return use(passwordFile);
  // Beside the data, which that user can reach by contract; a TMPDIR may be private.
  const folder = await mkdtemp(`${dataDir}.initdb-`);
  try {
    const copy = join(folder, 'password');
    await writeFileDurably(copy, await readFile(passwordFile), { mode: 0o400, owner: user });
    await chown(folder, user.uid, user.gid);
    await use(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
