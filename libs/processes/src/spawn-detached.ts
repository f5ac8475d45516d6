import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { type ProcessIdentity, identify } from './identity.js';
import { ProcessError, messageOf } from './process-error.js';

export interface DetachedCommand {
  readonly command: string;
  readonly args?: readonly string[];
  /** Absolute; must exist. */
  readonly cwd?: string;
  /** The whole environment; default that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Appended to, made with mode 0600; both output streams go there. */
  readonly logFile: string;
  /** Run as this user (only root may); supplementary groups are dropped. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Settles when the process ends while we live; never rejects and does not keep us alive. */
  readonly exited: Promise<ExitStatus>;
}

/**
 * Starts a process that outlives us: its own session and process group, no pipe to us.
 * Throws `SPAWN_FAILED` when it could not be started at all (missing program, no permission).
 */
export async function spawnDetached(what: DetachedCommand): Promise<DetachedProcess> {
  const log = await open(what.logFile, 'a', 0o600);
  try {
    const child = spawn(what.command, what.args ?? [], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(what.cwd === undefined ? {} : { cwd: what.cwd }),
      ...(what.env === undefined ? {} : { env: what.env }),
      ...(what.user === undefined ? {} : { uid: what.user.uid, gid: what.user.gid }),
    });
    const exited = new Promise<ExitStatus>(done =>
      child.once('exit', (code, signal) => done({ code, signal })),
    );
    // In this very tick: even a process that ends at once cannot have been collected, so its pid is still its own.
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    await new Promise<void>((started, failed) => {
      child.once('spawn', started);
      child.once('error', failed);
    });
    if (!identity) throw new Error('it left the process table at once');
    child.unref();
    return { identity, exited };
  } catch (error) {
    throw new ProcessError('SPAWN_FAILED', `could not start ${what.command}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await log.close();
  }
}
