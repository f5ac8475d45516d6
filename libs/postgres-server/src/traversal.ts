import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '@replicante/processes';

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whether a user with these ids may pass through every directory down to `path` (the path itself included when it is a
 * directory). Parts that do not exist yet count as passable: whoever makes them decides. ACLs are not read.
 */
export async function canTraverse(path: string, user: Ids): Promise<boolean> {
  for (let place = await nearestExisting(path); ; place = dirname(place)) {
    const { uid, gid, mode } = await stat(place);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (place === dirname(place)) return true;
  }
}

/** The deepest existing ancestor, symbolic links resolved. */
async function nearestExisting(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    try {
      return await realpath(place);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || place === dirname(place)) throw error;
    }
  }
}
