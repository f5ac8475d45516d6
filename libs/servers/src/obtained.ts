import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, ownDirectory, systemCode } from '@replicante/processes';
import { ServerError } from './server-error.js';

/** What is made once per machine: by whom, from what, how. */
export interface Recipe {
  /** `kafka-4.3.0`. */
  readonly name: string;
  /** Files whose contents say what comes out: their digest is part of the directory's name. */
  readonly files: readonly string[];
  /** Throws `SERVER_NOT_AVAILABLE` with the tool that is missing. */
  readonly check: () => Promise<void>;
  /** Fills an empty directory. */
  readonly make: (directory: string) => Promise<void>;
}

export type Say = (line: string) => void;

const cache = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'replicante', 'servers');

/** Where the recipe's product lies, made if it is not there yet. Two that ask at once make it once. */
export async function obtained(recipe: Recipe, say: Say): Promise<string> {
  const directory = join(cache(), `${recipe.name}-${await digestOf(recipe.files)}`);
  if (await exists(directory)) return directory;
  await recipe.check();
  await mkdir(cache(), { recursive: true });
  const turn = await inTurn(`${directory}.turn`);
  try {
    if (await exists(directory)) return directory;
    say(`obtains ${recipe.name}`);
    const begun = performance.now();
    const making = await mkdtemp(`${directory}.making-`);
    try {
      await recipe.make(making);
      // Whole or not at all: one that was killed half-way leaves nothing that looks finished.
      await rename(making, directory);
    } catch (error) {
      await rm(making, { recursive: true, force: true });
      if (error instanceof ServerError) throw error;
      const text = `${recipe.name} could not be obtained: ${messageOf(error)}`;
      throw new ServerError('SERVER_NOT_OBTAINED', text, { cause: error });
    }
    say(`obtained ${recipe.name} in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    return directory;
  } finally {
    await turn.release();
  }
}

const TURN_EVERY_MS = 200;

/** Waits while another living process makes it. */
async function inTurn(directory: string): Promise<{ release(): Promise<void> }> {
  await mkdir(directory, { recursive: true });
  for (;;) {
    try {
      return await ownDirectory(directory);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'DIRECTORY_OWNED') throw error;
      await new Promise(next => setTimeout(next, TURN_EVERY_MS));
    }
  }
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
