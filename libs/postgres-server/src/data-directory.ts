import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@replicante/processes';
import { PostgresServerError } from './postgres-server-error.js';

/** The major version that a data directory was made by; undefined when it is absent or holds no PG_VERSION. */
export async function dataDirectoryMajor(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Throws unless the directory can be started by binaries of that major. */
export async function requireDataDirectory(dataDir: string, major: string): Promise<void> {
  const found = await dataDirectoryMajor(dataDir);
  if (found === undefined) {
    throw new PostgresServerError(
      'NOT_A_DATA_DIRECTORY',
      `${dataDir} holds no PostgreSQL data (no PG_VERSION).`,
    );
  }
  if (found !== major) {
    throw new PostgresServerError(
      'DATA_DIRECTORY_OTHER_MAJOR',
      `${dataDir} was made by PostgreSQL ${found} and this is PostgreSQL ${major}: ` +
        `dump it with ${found} and restore it here, or choose another data directory.`,
    );
  }
}
