import { spawn } from 'node:child_process';
import { ProcessError } from './process-error.js';

export interface ShortCommand {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** SIGKILL after this; default 60 s. */
  readonly timeoutMs?: number;
}

/** The last part of the output that an error message may carry. */
const KEPT_OUTPUT = 64 * 1024;

/** Runs a command to its end and answers its output; throws `COMMAND_FAILED` with the output's end otherwise. */
export async function runToEnd(what: ShortCommand): Promise<string> {
  const child = spawn(what.command, what.args ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a session of its own: a second Ctrl-C at the terminal must not end what carries out the first.
    detached: true,
    timeout: what.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
    ...(what.cwd === undefined ? {} : { cwd: what.cwd }),
    ...(what.env === undefined ? {} : { env: what.env }),
    ...(what.user === undefined ? {} : { uid: what.user.uid, gid: what.user.gid }),
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = await new Promise<string | undefined>(done => {
    child.once('error', error => done(error.message));
    child.once('close', (code, signal) => done(code === 0 ? undefined : `ended with ${signal ?? code}`));
  });
  if (ended === undefined) return output;
  throw new ProcessError(
    'COMMAND_FAILED',
    `${what.command} failed: ${ended}${output && `\n${output.trimEnd()}`}`,
  );
}
