import { access, constants, lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { systemCode } from '@replicante/processes';
import { PostgresServerError } from './postgres-server-error.js';

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** Links that the package's postinstall script would have made and that are absent (npm may skip install scripts). */
export async function missingLinks(packageDir: string): Promise<readonly LibraryLink[]> {
  const links = await readLinks(packageDir);
  const present = await Promise.all(links.map(link => exists(join(packageDir, link.target))));
  return links.filter((_, i) => !present[i]);
}

/** Makes the missing links; fine when another process makes the same ones now. */
export async function makeLinks(packageDir: string, links: readonly LibraryLink[]): Promise<void> {
  for (const { source, target } of links) {
    const place = join(packageDir, target);
    try {
      await symlink(relative(dirname(place), join(packageDir, source)), place);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** Whether this process may write the package's folders. */
export async function canLink(packageDir: string, links: readonly LibraryLink[]): Promise<boolean> {
  for (const folder of new Set(links.map(link => dirname(join(packageDir, link.target))))) {
    try {
      await access(folder, constants.W_OK);
    } catch (error) {
      if (['EACCES', 'EROFS', 'EPERM'].includes(systemCode(error) ?? '')) return false;
      throw error;
    }
  }
  return true;
}

async function readLinks(packageDir: string): Promise<readonly LibraryLink[]> {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  const text = await readFile(list, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return '[]'; // the package of a system that needs no links
    throw error;
  });
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value) || !value.every(isLink)) {
    throw new PostgresServerError('BINARIES_MISSING', `${list} is broken: run "npm ci" again.`);
  }
  return value;
}

/** Only links within the package: the list is other people's data. */
function isLink(value: unknown): value is LibraryLink {
  if (typeof value !== 'object' || value === null) return false;
  const { source, target } = value as Partial<Record<keyof LibraryLink, unknown>>;
  return [source, target].every(
    path => typeof path === 'string' && normalize(path).startsWith(`native${sep}`),
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
