import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from './durable-file.js';
import { type ProcessIdentity, isAlive, isProcessIdentity, ownIdentity } from './identity.js';
import { ProcessError, systemCode } from './process-error.js';

/** Proof that this process is the only one using a data directory. */
export interface DirectoryOwnership {
  /** Lets the next process in; harmless when repeated. */
  release(): Promise<void>;
}

const FILE = /^owner-(\d{12})\.lock$/;

/**
 * Makes this process the single owner of a directory; throws `DIRECTORY_OWNED` naming the pid of a living owner.
 *
 * Owners are numbered files, the highest number owns. A file is made with `link`, whole and exclusively, and the highest
 * one is never removed, so that two that find the same dead owner cannot both succeed it: replacing one lock file in
 * place would let the slower of them throw out the faster one.
 */
export async function ownDirectory(directory: string): Promise<DirectoryOwnership> {
  const self = ownIdentity();
  for (;;) {
    const numbers = await ownerNumbers(directory);
    const highest = numbers.at(-1) ?? 0;
    const owner = highest === 0 ? undefined : await readOwner(fileOf(directory, highest));
    if (owner && isAlive(owner)) {
      throw new ProcessError(
        'DIRECTORY_OWNED',
        `${directory} is in use by process ${owner.pid}; stop that one first`,
      );
    }
    const mine = fileOf(directory, highest + 1);
    if (!(await createWhole(mine, `${JSON.stringify(self)}\n`))) continue;
    const now = await ownerNumbers(directory);
    if (now.at(-1) !== highest + 1) {
      await rm(mine, { force: true }); // somebody was faster by more than one step
      continue;
    }
    for (const old of now.slice(0, -1)) await rm(fileOf(directory, old), { force: true });
    return { release: () => writeFileDurably(mine, '{"released":true}\n') };
  }
}

/** Who owns a directory now, or undefined. */
export async function directoryOwner(directory: string): Promise<ProcessIdentity | undefined> {
  const highest = (await ownerNumbers(directory)).at(-1);
  const owner = highest === undefined ? undefined : await readOwner(fileOf(directory, highest));
  return owner && isAlive(owner) ? owner : undefined;
}

function fileOf(directory: string, number: number): string {
  return join(directory, `owner-${String(number).padStart(12, '0')}.lock`);
}

async function ownerNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap(name => Number(FILE.exec(name)?.[1] ?? []) || []).sort((a, b) => a - b);
}

/** A released, unreadable or removed file names nobody: files are made whole, so a broken one is no living owner's. */
async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isProcessIdentity(value) ? value : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function createWhole(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
