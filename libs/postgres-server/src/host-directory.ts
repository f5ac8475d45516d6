import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '@replicante/processes';
import { canTraverse } from './traversal.js';
import { PostgresServerError } from './postgres-server-error.js';

/**
 * A directory of ours outside of the checkout that `user` can reach and that nobody else can tamper with.
 * `keeps`: data must survive clean-up jobs, so temporary directories are no candidates.
 */
export async function hostDirectory(
  user: { readonly uid: number; readonly gid: number },
  options: { readonly keeps: boolean },
): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const temporary = ['/var/tmp', tmpdir()].map(place => join(place, `replicante-${uid}`));
  const candidates = [...(uid === 0 ? ['/var/lib/replicante'] : []), ...(options.keeps ? [] : temporary)];
  const refusals: string[] = [];
  for (const place of candidates) {
    const refusal = await prepare(place, user);
    if (refusal === undefined) return place;
    refusals.push(`${place}: ${refusal}`);
  }
  throw new PostgresServerError(
    'NO_REACHABLE_DIRECTORY',
    `No directory that uid ${user.uid} can reach (${refusals.join('; ')}): choose a data directory outside of a private home.`,
  );
}

/** Answers why the directory cannot be used, undefined when it can. */
async function prepare(place: string, user: { uid: number; gid: number }): Promise<string | undefined> {
  try {
    // Not readable by others (names of data directories), but passable.
    const made = await mkdir(place, { recursive: true, mode: 0o711 });
    if (made !== undefined) await chmod(place, 0o711); // the umask may have taken the x bits
  } catch (error) {
    return systemCode(error) ?? String(error);
  }
  const refusal = await untrusted(place);
  if (refusal !== undefined) return refusal;
  if (!(await canTraverse(place, user))) return 'not passable';
  return undefined;
}

/** Why a path's content may be somebody else's work; undefined when only we (or root) could have written it. */
export async function untrusted(path: string): Promise<string | undefined> {
  const found = await lstat(path);
  if (!found.isDirectory()) return 'not a directory';
  if (found.uid !== (process.getuid?.() ?? 0)) return `belongs to uid ${found.uid}`;
  if ((found.mode & 0o022) !== 0) return 'writable by others';
  const parent = await stat(join(path, '..'));
  const sticky = (parent.mode & 0o1000) !== 0;
  if ((parent.mode & 0o022) !== 0 && !sticky) return 'its parent is writable by others';
  return undefined;
}
