import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { systemCode, writeFileDurably } from '@replicante/processes';
import { databaseUser } from './database-user.js';
import { hostDirectory } from './host-directory.js';
import { canTraverse } from './traversal.js';
import { PostgresServerError } from './postgres-server-error.js';

/** In the directory that was asked for: the path where its data is. */
export const POINTER_FILE = 'data-is-in';
/** In the directory that is used instead: the path that points to it. */
const ORIGIN_FILE = 'data-of';

export interface ReachableDirectory {
  /** Where the data goes; exists. */
  readonly path: string;
  /** It is not the path that was asked for: say so. */
  readonly moved: boolean;
}

/**
 * As root, a data directory below a private home cannot be used by the database's user: answers one below
 * /var/lib/replicante instead and leaves a pointer file in the asked one (safety.md §13). Otherwise makes and answers the
 * asked one. Not safe against two callers for one path at once: take `ownDirectory` on the asked path first.
 */
export async function reachableDirectory(asked: string): Promise<ReachableDirectory> {
  const user = databaseUser();
  return reachableFor(asked, user, ids => hostDirectory(ids, { keeps: true }));
}

/** The same for given ids and another place; for tests. */
export async function reachableFor(
  asked: string,
  user: { readonly uid: number; readonly gid: number } | undefined,
  hostFor: (user: { readonly uid: number; readonly gid: number }) => Promise<string>,
): Promise<ReachableDirectory> {
  const path = resolve(asked);
  await makePassable(path);
  if (!user || (await canTraverse(path, user))) return { path, moved: false };
  const host = await hostFor(user);
  const pointed = await readLine(join(path, POINTER_FILE));
  const target = (await honoured(pointed, host, path)) ?? join(host, keyOf(path));
  await makePassable(target);
  await writeFileDurably(join(target, ORIGIN_FILE), `${path}\n`);
  await writeFileDurably(join(path, POINTER_FILE), `${target}\n`);
  return { path: target, moved: true };
}

/** A pointer counts when its target names us, or names a place that no longer points there: the checkout was moved. */
async function honoured(
  pointed: string | undefined,
  host: string,
  path: string,
): Promise<string | undefined> {
  if (pointed === undefined) return undefined;
  if (dirname(pointed) !== host) throw foreign(path, pointed);
  const origin = await readLine(join(pointed, ORIGIN_FILE));
  if (origin === undefined || origin === path) return pointed;
  if ((await readLine(join(origin, POINTER_FILE))) === pointed) throw foreign(path, pointed); // a copied checkout
  return pointed;
}

function foreign(path: string, pointed: string): PostgresServerError {
  return new PostgresServerError(
    'NO_REACHABLE_DIRECTORY',
    `${path}/${POINTER_FILE} points to ${pointed}, which belongs to another directory: remove that file to begin anew here.`,
  );
}

function keyOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

/** Makes a directory and opens to passers-by only what it made itself, whatever the umask. */
async function makePassable(path: string): Promise<void> {
  // Not by `recursive`: Node 20 never comes back from a place that refuses folders with ENOENT, such as below /proc.
  const missing: string[] = [];
  for (let place = path; !(await exists(place)); place = dirname(place)) missing.unshift(place);
  for (const place of missing) {
    await mkdir(place, { mode: 0o711 }).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error; // somebody else was faster
    });
    if (process.getuid?.() === 0) await chmod(place, 0o711); // the umask may have taken the x bits
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readLine(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
