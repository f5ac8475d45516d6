import { open } from 'node:fs/promises';
import {
  type ExitStatus,
  type ProcessIdentity,
  exitWithin,
  isAlive,
  sendSignal,
  stop as stopProcess,
} from '@replicante/processes';
import { PostgresServerError } from './postgres-server-error.js';
import { readPostmasterFile } from './postmaster.js';
import { type ReadyOptions, waitUntilReady } from './readiness.js';

/** A running postmaster, started by us or adopted. */
export interface PostgresServer {
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly dataDir: string;
  /** It ran before we came (safety.md §6): its settings are those of its own start. */
  readonly adopted: boolean;
  /** Set for one that we started: settles when it ends. */
  readonly exited: Promise<ExitStatus> | undefined;
  isRunning(): boolean;
  /** Waits until it answers; throws `NOT_READY`, or `START_FAILED` with the end of its log when it ended. */
  ready(options?: ReadyOptions): Promise<void>;
  /**
   * Fast stop: sessions are ended, a checkpoint is written. After `graceMs` (30 s) an immediate stop, which is a crash
   * that recovery mends, then SIGKILL. Answers what it took.
   */
  stop(options?: { readonly graceMs?: number }): Promise<'gone' | 'fast' | 'immediate' | 'killed'>;
}

export interface ServerFacts {
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly dataDir: string;
  readonly adopted: boolean;
  readonly exited: Promise<ExitStatus> | undefined;
  readonly logFile: string;
}

export function serverHandle(facts: ServerFacts): PostgresServer {
  const { identity, port, dataDir, adopted, exited, logFile } = facts;
  const isRunning = () => isAlive(identity);
  return {
    identity,
    port,
    dataDir,
    adopted,
    exited,
    isRunning,
    ready: options =>
      waitUntilReady(
        port,
        async () => {
          if (!isRunning()) throw await startFailure(dataDir, logFile);
          const file = await readPostmasterFile(dataDir);
          return file?.pid === identity.pid && file.status === 'ready';
        },
        options,
      ),
    stop: async ({ graceMs = 30_000 } = {}) => {
      if (!sendSignal(identity, 'SIGINT')) return 'gone';
      if (await exitWithin(identity, graceMs)) return 'fast';
      const outcome = await stopProcess(identity, { signal: 'SIGQUIT', graceMs: 10_000 });
      return outcome === 'killed' ? 'killed' : 'immediate';
    },
  };
}

/** The typed error for a server that ended while starting, with the end of its log. */
export async function startFailure(dataDir: string, logFile: string): Promise<PostgresServerError> {
  const log = (await tail(logFile)).trimEnd();
  if (/could not bind|Address already in use/.test(log)) {
    return new PostgresServerError(
      'PORT_BUSY',
      `PostgreSQL of ${dataDir} could not start, its port is in use:\n${log}`,
    );
  }
  return new PostgresServerError('START_FAILED', `PostgreSQL of ${dataDir} ended while starting:\n${log}`);
}

/** The last lines of a log, for an error message. */
async function tail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 2_000);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
