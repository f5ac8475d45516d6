import { setTimeout as delay } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import type { DetachedCommand, DetachedProcess } from '@replicante/processes';
import {
  exitWithin,
  freeze,
  isAlive,
  messageOf,
  sendSignal,
  spawnDetached,
  stop,
} from '@replicante/processes';
import { ServerError } from './server-error.js';

/** A server of this machine, on ports and data of its caller's. */
export interface StartedServer {
  /** Where clients connect: `127.0.0.1:PORT`. Stays valid over `kill` and `restart`. */
  readonly address: string;
  readonly logFile: string;
  isRunning(): boolean;
  readonly pid: number;
  /** SIGKILL; waits for the end. `restart` brings it back on the same ports and data. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** An ordered end if it runs, then a start. Answers when it is ready. */
  restart(): Promise<void>;
  /** An ordered end, and SIGKILL after 10 s. Harmless when repeated. */
  stop(): Promise<void>;
}

export interface ServerCommand extends DetachedCommand {
  /** For messages: `Kafka`. */
  readonly name: string;
  readonly address: string;
  /** Asks the server; throws, or answers false, until it is ready. */
  readonly ready: () => Promise<boolean>;
  readonly readyWithinMs: number;
}

const ASK_EVERY_MS = 50;
const LOG_TAIL = 2_000;

/** Starts it and answers when it is ready; throws `SERVER_NOT_READY` with the log's end. */
export async function startServer(command: ServerCommand): Promise<StartedServer> {
  let running = await started(command);
  return {
    address: command.address,
    logFile: command.logFile,
    isRunning: () => isAlive(running.identity),
    get pid() {
      return running.identity.pid;
    },
    kill: async () => {
      sendSignal(running.identity, 'SIGKILL', { group: true });
      await exitWithin(running.identity, 10_000);
    },
    freeze: () => void freeze(running.identity, { group: true }),
    thaw: () => void sendSignal(running.identity, 'SIGCONT', { group: true }),
    restart: async () => {
      await ended(running);
      running = await started(command);
    },
    stop: () => ended(running),
  };
}

async function ended({ identity }: DetachedProcess): Promise<void> {
  sendSignal(identity, 'SIGCONT', { group: true });
  await stop(identity, { group: true });
}

async function started(command: ServerCommand): Promise<DetachedProcess> {
  const running = await spawnDetached(command);
  const until = performance.now() + command.readyWithinMs;
  let last = 'it was not asked yet';
  while (isAlive(running.identity)) {
    try {
      if (await command.ready()) return running;
      last = 'it is not ready';
    } catch (error) {
      last = messageOf(error);
    }
    if (performance.now() > until) break;
    await delay(ASK_EVERY_MS);
  }
  const why = isAlive(running.identity) ? `did not get ready: ${last}` : 'ended while starting';
  await ended(running);
  const log = await readFile(command.logFile, 'utf8').catch(() => '');
  throw new ServerError('SERVER_NOT_READY', `${command.name} ${why}\n${log.slice(-LOG_TAIL)}`);
}
