import { readFile, rm } from 'node:fs/promises';
import { writeFileDurably } from './durable-file.js';
import { type ProcessIdentity, isProcessIdentity } from './identity.js';
import { ProcessError, systemCode } from './process-error.js';

/** Writes who runs, as JSON, mode 0600, whole or not at all. */
export async function writePidFile(path: string, identity: ProcessIdentity): Promise<void> {
  const { pid, startTime } = identity;
  await writeFileDurably(path, `${JSON.stringify({ pid, startTime })}\n`);
}

/** Who the file names (alive or not), undefined without a file; throws `PID_FILE_INVALID` for one that is not ours. */
export async function readPidFile(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProcessError('PID_FILE_INVALID', `${path} is not a pid file of ours`, { cause: error });
  }
  if (!isProcessIdentity(value))
    throw new ProcessError('PID_FILE_INVALID', `${path} is not a pid file of ours`);
  return { pid: value.pid, startTime: value.startTime };
}

/** Removes a pid file; one that is absent is fine. */
export async function removePidFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
