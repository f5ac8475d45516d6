import { copyFile, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@replicante/processes';

/** Beyond it a log becomes the previous one; with that a log takes at most twice as much, and what is written meanwhile. */
export const MOST_LOG_BYTES = 50 * 1024 * 1024;

/**
 * Copies each `*.log` of these directories that is too long to `*.log.1`, in place of an earlier one, and empties it. Its
 * writer holds it open for appending and goes on at its new end, so it cannot be renamed; lines of the instant between
 * the copy and the cut are lost.
 */
export async function boundLogs(directories: readonly string[], mostBytes = MOST_LOG_BYTES): Promise<void> {
  for (const directory of directories)
    for (const name of await readdir(directory)) {
      const file = join(directory, name);
      if (!name.endsWith('.log') || (await sizeOf(file)) <= mostBytes) continue;
      await copyFile(file, `${file}.1`);
      await truncate(file);
    }
}

/** Of one that went away meanwhile: 0. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
