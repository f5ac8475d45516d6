import { execFileSync } from 'node:child_process';
import { PostgresServerError } from './postgres-server-error.js';

/** The user that PostgreSQL runs as when we are root. */
export interface DatabaseUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

let found: DatabaseUser | undefined;

/**
 * As root: the existing user `postgres`, else `nobody`; users are never created (safety.md §13).
 * As anybody else: undefined, PostgreSQL runs as we do.
 */
export function databaseUser(): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  found ??= existingUser('postgres') ?? existingUser('nobody');
  if (!found) {
    throw new PostgresServerError(
      'NO_DATABASE_USER',
      'PostgreSQL refuses to run as root and neither user "postgres" nor "nobody" exists: run as a plain user.',
    );
  }
  return found;
}

function existingUser(name: string): DatabaseUser | undefined {
  const ask = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch (error) {
    // `id` exits 1 for a user that does not exist; anything else (no `id` at all) must be heard.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1)
      return undefined;
    throw error;
  }
}
