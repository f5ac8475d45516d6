import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type ProcessIdentity,
  directoryOwner,
  isAlive,
  runToEnd,
  spawnDetached,
  stop,
} from '@replicante/processes';
import type { Installation } from './installation.js';
import { type StandaloneOptions, UsageError } from './options.js';
import type { SupervisedRun } from './supervised.js';

const MAIN = fileURLToPath(new URL('../../platform-local/src/main.js', import.meta.url));
const READY_WITHIN_MS = 30_000;

export interface LocalPlatform extends SupervisedRun {
  readonly identity: ProcessIdentity;
}

/**
 * Starts platform-local and waits until it answers. One that an earlier `kill -9` left is replaced; its nodes go on
 * and the new one adopts them.
 */
export async function startLocalPlatform(
  { platformDir, tokenFile, token, logs }: Pick<Installation, 'platformDir' | 'tokenFile' | 'token' | 'logs'>,
  options: Pick<StandaloneOptions, 'platformPort' | 'restartDelayMs' | 'idempotency'>,
): Promise<LocalPlatform> {
  await mkdir(platformDir, { recursive: true, mode: 0o711 });
  const earlier = await directoryOwner(platformDir);
  if (earlier) await stop(earlier, { graceMs: 10_000 });
  const logFile = join(logs, 'platform.log');
  const { identity, exited } = await spawnDetached({
    command: process.execPath,
    args: [
      MAIN,
      ...['--data-dir', platformDir],
      ...['--port', String(options.platformPort)],
      ...['--token-file', tokenFile],
      ...['--agent-token-file', tokenFile],
      ...['--restart-delay-ms', String(options.restartDelayMs)],
      ...(options.idempotency ? [] : ['--no-idempotency']),
    ],
    logFile,
  });
  await untilItAnswers(identity, options.platformPort, token, logFile);
  return { identity, ended: exited };
}

async function untilItAnswers(
  identity: ProcessIdentity,
  port: number,
  token: string,
  logFile: string,
): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (performance.now() < end) {
    if (!isAlive(identity))
      throw new UsageError(`the local platform ended while starting: ${await lastLine(logFile)}`);
    const answered = await fetch(`http://127.0.0.1:${port}/discover`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
    }).then(
      response => response.ok,
      () => false, // not listening yet
    );
    if (answered) return;
    await delay(25);
  }
  throw new Error(`the local platform does not answer on port ${port}; see ${logFile}`);
}

/** Stops the platform with every node and agent of it; `destroy` removes their data as well. */
export async function stopLocalPlatform(
  platformDir: string,
  task: 'stop-all' | 'destroy' = 'stop-all',
): Promise<void> {
  await runToEnd({
    command: process.execPath,
    args: [MAIN, '--data-dir', platformDir, `--${task}`],
    timeoutMs: 120_000,
  });
}

/** What it said last: its own sentence, with the fix. */
async function lastLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
  return `${lines.at(-1) ?? 'it said nothing'} (${logFile})`;
}
