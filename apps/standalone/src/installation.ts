import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { POINTER_FILE, reachableDirectory } from '@replicante/postgres-server';
import { type DirectoryOwnership, ownDirectory, systemCode, writeFileDurably } from '@replicante/processes';
import { UsageError } from './options.js';

const FORMAT = 'replicante-standalone';

/** Where everything of one data directory is. */
export interface Installation {
  /** As it was asked for. */
  readonly asked: string;
  /** Where it really is: elsewhere when the user that runs PostgreSQL could not reach the asked one. */
  readonly root: string;
  readonly controlDir: string;
  readonly platformDir: string;
  readonly logs: string;
  /** Token that the local platform and its agents ask for (safety.md §13). */
  readonly tokenFile: string;
  readonly token: string;
  readonly ownership: DirectoryOwnership;
}

/** Opens or makes the data directory and becomes its only owner. Throws `UsageError` with the fix. */
export async function openInstallation(asked: string, say: (line: string) => void): Promise<Installation> {
  const { path: root, moved } = await reachableDirectory(asked).catch((error: unknown) => {
    const code = systemCode(error);
    if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code ?? ''))
      throw new UsageError(`${asked} cannot be made or written (${code}): choose another --data-dir`, {
        cause: error,
      });
    throw error;
  });
  if (moved) say(`The user that runs PostgreSQL cannot reach ${asked}: its data is kept in ${root} instead.`);
  await requireOurs(root);
  const ownership = await ownDirectory(root).catch((error: unknown) => {
    if (systemCode(error) !== 'DIRECTORY_OWNED') throw error;
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)}, or choose another --data-dir`,
      { cause: error },
    );
  });
  await writeFileDurably(
    join(root, 'installation.json'),
    `${JSON.stringify({ format: FORMAT, version: 1 })}\n`,
  );
  const logs = join(root, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o711 });
  const tokenFile = join(root, 'token');
  return {
    asked,
    root,
    controlDir: join(root, 'control'),
    platformDir: join(root, 'platform'),
    logs,
    tokenFile,
    token: await secretFile(tokenFile),
    ownership,
  };
}

/** An empty directory or one of ours; a foreign one is left alone. */
async function requireOurs(root: string): Promise<void> {
  const names = (await readdir(root)).filter(
    name => !/^(owner-\d+\.lock|data-of)$/.test(name) && name !== POINTER_FILE,
  );
  if (names.length === 0) return;
  const text = await readFile(join(root, 'installation.json'), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined)
    throw new UsageError(
      `${root} is not a data directory of Replicante (it holds ${names[0]}): choose an empty --data-dir`,
    );
  const file: unknown = JSON.parse(text);
  const fits =
    typeof file === 'object' &&
    file !== null &&
    'format' in file &&
    file.format === FORMAT &&
    'version' in file &&
    file.version === 1;
  if (!fits)
    throw new UsageError(
      `${root} was made by another version of Replicante: use that one, or choose another --data-dir`,
    );
}

/** The secret in a file, made (0600) when absent. */
export async function secretFile(path: string): Promise<string> {
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && found.trim() !== '') return found.trim();
  const secret = randomBytes(24).toString('hex');
  await writeFileDurably(path, `${secret}\n`);
  return secret;
}
