import { readFile, realpath } from 'node:fs/promises';
import { sep } from 'node:path';

/** Structurally the domain's `SecretRef`. */
export type SecretReference = { readonly fromFile: string } | { readonly fromEnv: string };

/**
 * What manifests may name. Whoever applies a manifest chooses the reference *and* the address that the secret is sent
 * to: without this, anybody could have the worker send any file or variable of its host to themselves.
 */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Only variables whose names begin so: `REPLICANTE_`. */
  readonly envPrefix: string;
  /** Only files below this folder: `/run/secrets`. */
  readonly filesBelow: string;
}

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads a secret when it is used (safety.md §13). Never kept, never logged; errors name the place, not the content.
 * A trailing line break is not part of the secret.
 */
export async function secretValue(reference: SecretReference, sources: SecretSources): Promise<string> {
  return 'fromEnv' in reference
    ? fromEnvironment(reference.fromEnv, sources)
    : fromFile(reference.fromFile, sources);
}

function fromEnvironment(name: string, { environment, envPrefix }: SecretSources): string {
  if (!name.startsWith(envPrefix))
    throw new Error(
      `secret: the variable ${name} may not be named; names begin with ${envPrefix} (SECRET_ENV_PREFIX)`,
    );
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`secret: the variable ${name} is not set`);
  return value;
}

async function fromFile(path: string, { filesBelow }: SecretSources): Promise<string> {
  let text: string;
  try {
    // Links are followed first: one that leads out of the folder leads out.
    const [file, folder] = await Promise.all([realpath(path), realpath(filesBelow)]);
    if (!file.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)) throw new Error('outside');
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(
      `secret: the file ${path} cannot be read, or is not below ${filesBelow} (SECRET_FILES_BELOW)`,
      { cause: error },
    );
  }
  if (text.length > MAX_SECRET_BYTES) throw new Error(`secret: the file ${path} is too large`);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new Error(`secret: the file ${path} is empty`);
  return value;
}
