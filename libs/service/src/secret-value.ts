import { readFile } from 'node:fs/promises';

/** Structurally the domain's `SecretRef`. */
export type SecretReference = { readonly fromFile: string } | { readonly fromEnv: string };

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads a secret when it is used (safety.md §13). Never kept, never logged; errors name the place, not the content.
 * A trailing line break is not part of the secret.
 */
export async function secretValue(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if ('fromEnv' in reference) {
    const value = environment[reference.fromEnv];
    if (value === undefined || value === '')
      throw new Error(`secret: the variable ${reference.fromEnv} is not set`);
    return value;
  }
  let text: string;
  try {
    text = await readFile(reference.fromFile, 'utf8');
  } catch (error) {
    throw new Error(`secret: the file ${reference.fromFile} cannot be read`, { cause: error });
  }
  if (text.length > MAX_SECRET_BYTES) throw new Error(`secret: the file ${reference.fromFile} is too large`);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new Error(`secret: the file ${reference.fromFile} is empty`);
  return value;
}
