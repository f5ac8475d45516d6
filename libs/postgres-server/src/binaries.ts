import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseUser, databaseUser } from './database-user.js';
import { hostDirectory } from './host-directory.js';
import { canLink, makeLinks, missingLinks } from './library-links.js';
import { packageDirectory, platformPackage } from './platform-package.js';
import { privateCopy } from './private-copy.js';
import { canTraverse } from './traversal.js';

/** Where the programs are and who runs them. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** `18.4.0-beta.17`, the npm package's. */
  readonly version: string;
  /** `18`: what a data directory's PG_VERSION must say. */
  readonly major: string;
  /** Set when we are root. */
  readonly user: DatabaseUser | undefined;
}

/** Told once per copy: where the binaries were put and why. */
export type Notice = (message: string) => void;

/**
 * Finds the binaries of the npm package, makes library links that its skipped install script left out, and copies the
 * package once to a reachable place when the user that runs PostgreSQL cannot get at it (safety.md §13).
 */
export async function locateBinaries(options: { readonly notice?: Notice } = {}): Promise<PostgresBinaries> {
  const packageDir = packageDirectory(platformPackage());
  const version = await packageVersion(packageDir);
  const user = databaseUser();
  const links = await missingLinks(packageDir);
  const reachable = user === undefined || (await canTraverse(join(packageDir, 'native', 'bin'), user));
  if (reachable && (links.length === 0 || (await canLink(packageDir, links)))) {
    await makeLinks(packageDir, links);
    return describe(packageDir, version, user);
  }
  const ids = user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { path, made } = await privateCopy(packageDir, await hostDirectory(ids, { keeps: false }), version);
  if (made) {
    const why = reachable
      ? 'its library links could not be made there'
      : `user "${user?.name}" cannot reach ${packageDir}`;
    options.notice?.(`PostgreSQL ${version} was copied to ${path}: ${why}.`);
  }
  return describe(path, version, user);
}

async function describe(
  root: string,
  version: string,
  user: DatabaseUser | undefined,
): Promise<PostgresBinaries> {
  const program = (name: string) => join(root, 'native', 'bin', name);
  for (const name of ['initdb', 'postgres', 'pg_ctl']) await makeExecutable(program(name));
  const major = version.split('.')[0] ?? version;
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    version,
    major,
    user,
  };
}

/** Some archive tools drop the mode; only then written, since the folder may be read-only. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, (mode & 0o7777) | 0o555);
}

async function packageVersion(packageDir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error(`${packageDir}/package.json names no version`);
}
