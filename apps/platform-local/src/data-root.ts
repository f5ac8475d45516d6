import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reachableDirectory } from '@replicante/postgres-server';
import { systemCode, writeFileDurably } from '@replicante/processes';
import { type DataLayout, layoutOf } from './data-layout.js';
import type { EventLog } from './event-log.js';
import { UsageError } from './options.js';

const FORMAT = 'replicante-platform-local';

/**
 * Opens (or makes) the data directory; answers where it really is: as root below a private home the database's user
 * could not reach it (safety.md §13). Throws `UsageError` for a directory of somebody else.
 */
export async function openDataRoot(asked: string, log: EventLog): Promise<DataLayout> {
  const { path, moved } = await reachableDirectory(asked).catch((error: unknown) => {
    const code = systemCode(error);
    if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code ?? '')) {
      throw new UsageError(`${asked} cannot be made or written (${code}): choose another --data-dir`, {
        cause: error,
      });
    }
    throw error;
  });
  if (moved)
    log('data-elsewhere', {
      asked,
      path,
      why: 'the user that runs PostgreSQL cannot reach the asked directory',
    });
  const layout = layoutOf(path);
  if (!(await isOurs(layout))) {
    const others = (await readdir(path)).filter(
      name => !/^(data-of|owner-\d+\.lock|platform\.token|agent\.token)$/.test(name),
    );
    if (others.length > 0) {
      throw new UsageError(
        `${path} is not a data directory of platform-local (it holds ${others[0]}): choose another`,
      );
    }
    await writeFileDurably(layout.marker, `${JSON.stringify({ format: FORMAT, version: 1 })}\n`);
  }
  for (const folder of [layout.nodes, layout.retired]) await passableDirectory(folder);
  return layout;
}

/** Whether a directory was made by this program. */
export async function isOurs(layout: DataLayout): Promise<boolean> {
  const text = await readFile(layout.marker, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const marker: unknown = JSON.parse(text);
  const ours =
    typeof marker === 'object' && marker !== null && 'format' in marker && marker.format === FORMAT;
  if (!ours || !('version' in marker) || marker.version !== 1) {
    throw new UsageError(
      `${layout.marker} was not made by this version of platform-local: choose another --data-dir`,
    );
  }
  return true;
}

/** Makes a directory that the database's user may pass through but not list. */
export async function passableDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o711 });
  await chmod(path, 0o711); // the umask may have taken the x bits
}

/** The secret in a file, made (0600) when absent. */
export async function secretFile(path: string): Promise<string> {
  const found = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined) {
    const secret = found.trim();
    if (secret === '') throw new UsageError(`${path} is empty: write a token into it or remove it`);
    return secret;
  }
  await mkdir(dirname(path), { recursive: true });
  const secret = randomBytes(24).toString('hex');
  await writeFileDurably(path, `${secret}\n`);
  return secret;
}
