import { fileURLToPath } from 'node:url';
import { messageOf, runToEnd } from '@replicante/processes';
import { ServerError } from './server-error.js';

/** A file that says what to obtain: beside this one, in the sources and in the build. */
export const recipe = (path: string): string => fileURLToPath(new URL(`./recipes/${path}`, import.meta.url));

/** Throws one sentence when a command cannot be run here. */
export async function needs(command: string, args: readonly string[], what: string): Promise<string> {
  try {
    return await runToEnd({ command, args });
  } catch (error) {
    const text = `${what}: \`${command}\` cannot be run here`;
    throw new ServerError('SERVER_NOT_AVAILABLE', text, { cause: new Error(messageOf(error)) });
  }
}
