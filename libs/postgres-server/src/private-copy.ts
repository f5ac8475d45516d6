import { chmod, cp, lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@replicante/processes';
import { untrusted } from './host-directory.js';
import { makeLinks, missingLinks } from './library-links.js';

/**
 * Answers a complete copy of the package below `host`, made once per version. A copy that is incomplete or could have
 * been written by somebody else is not used but replaced.
 */
export async function privateCopy(
  packageDir: string,
  host: string,
  version: string,
): Promise<{ readonly path: string; readonly made: boolean }> {
  const path = join(host, `postgres-${version}`);
  if (await usable(path, packageDir)) return { path, made: false };
  const draft = await mkdtemp(join(host, '.postgres-'));
  try {
    await cp(join(packageDir, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeLinks(draft, await missingLinks(draft));
    await openTo(draft);
    await retire(path, host);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process renamed its own complete copy first.
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '') && (await usable(path, packageDir))) {
      return { path, made: false };
    }
    throw error;
  }
  return { path, made: true };
}

/** Moves a broken copy away first: a running server may still have its files open. */
async function retire(path: string, host: string): Promise<void> {
  const away = await mkdtemp(join(host, '.retired-'));
  try {
    await rename(path, join(away, 'copy'));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  } finally {
    await rm(away, { recursive: true, force: true });
  }
}

/** Owned by us, writable by nobody else, and every file of the package there at its size (clean-up jobs eat old files). */
async function usable(path: string, packageDir: string): Promise<boolean> {
  try {
    if ((await untrusted(path)) !== undefined) return false;
    if ((await missingLinks(path)).length > 0) return false;
    const source = join(packageDir, 'native');
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const [wanted, found] = await Promise.all([
        lstat(file),
        lstat(join(path, 'native', file.slice(source.length))),
      ]);
      if (!found.isFile() || found.size !== wanted.size) return false;
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Readable for everybody whatever umask was in force when npm unpacked the package. */
async function openTo(draft: string): Promise<void> {
  await chmod(draft, 0o755);
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = join(entry.parentPath, entry.name);
    const runs = entry.isDirectory() || ((await lstat(file)).mode & 0o100) !== 0;
    await chmod(file, runs ? 0o755 : 0o644);
  }
}
