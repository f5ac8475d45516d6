import { readFile } from 'node:fs/promises';
import { locateBinaries } from '@replicante/postgres-server';
import {
  AttemptJournal,
  type PlatformServer,
  fileCallLog,
  startPlatformServer,
} from '@replicante/platform-sdk';
import { type DirectoryOwnership, ProcessError, ownDirectory, systemCode } from '@replicante/processes';
import { openDataRoot, secretFile } from './data-root.js';
import type { EventLog } from './event-log.js';
import { LocalPlatform } from './local-platform.js';
import { NodeStore } from './node-store.js';
import { NodeSupervisor } from './node-supervisor.js';
import { type PlatformLocalOptions, UsageError } from './options.js';

export interface RunningPlatform {
  readonly url: string;
  /** Ends the platform; its nodes and agents go on. */
  stop(): Promise<void>;
}

/** Serves the platform protocol over a data directory; throws `UsageError` for what the caller has to mend. */
export async function serve(options: PlatformLocalOptions, log: EventLog): Promise<RunningPlatform> {
  await requireFile(options.agentMain);
  const binaries = await locateBinaries({ notice: message => log('notice', { message }) });
  const layout = await openDataRoot(options.dataDir, log);
  const ownership = await own(layout.root);
  const token = await secretFile(options.tokenFile);
  await secretFile(options.agentTokenFile);
  const journal = options.idempotency ? await AttemptJournal.open(layout.journal) : undefined;
  const { agentMain, restartDelayMs } = options;
  const supervisor = new NodeSupervisor({ binaries, agentMain, restartDelayMs, log });
  const platform = new LocalPlatform(layout, new NodeStore(layout), supervisor, options.agentTokenFile, log);
  const callLog = fileCallLog(layout.callLog);
  let server: PlatformServer;
  try {
    await platform.open();
    server = await startPlatformServer({ platform, token, port: options.port, journal, callLog });
  } catch (error) {
    await supervisor.close();
    await journal?.close();
    await ownership.release();
    if (systemCode(error) !== 'EADDRINUSE') throw error;
    throw new UsageError(`port ${options.port} of 127.0.0.1 is in use: choose another with --port`, {
      cause: error,
    });
  }
  const url = `http://127.0.0.1:${server.port}`;
  log('listening', { url, pid: process.pid, dataDir: layout.root, idempotency: options.idempotency });
  return {
    url,
    stop: async () => {
      await server.close();
      await supervisor.close();
      await journal?.close();
      await ownership.release();
    },
  };
}

async function own(root: string): Promise<DirectoryOwnership> {
  try {
    return await ownDirectory(root);
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code !== 'DIRECTORY_OWNED') throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

async function requireFile(path: string): Promise<void> {
  try {
    await readFile(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new UsageError(`the agent's program ${path} does not exist: build first, or give --agent-main`, {
      cause: error,
    });
  }
}
