import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessIdentity, isAlive, sendSignal } from './identity.js';
import { ProcessError } from './process-error.js';

export interface StopOptions {
  /** How long the process may take before SIGKILL; default 10 s. */
  readonly graceMs?: number;
  /** The polite signal; default SIGTERM. */
  readonly signal?: NodeJS.Signals;
  /** Signal the whole process group (of a process made by `spawnDetached`). */
  readonly group?: boolean;
}

/** `gone`: did not run; `stopped`: ended by the polite signal; `killed`: needed SIGKILL. */
export type StopOutcome = 'gone' | 'stopped' | 'killed';

/** A killed process that waits in the kernel (a hung disk) can outlive SIGKILL: say so instead of waiting for ever. */
const KILL_WAIT_MS = 10_000;

/** Stops exactly that process and waits until it is gone. Throws `STILL_RUNNING` when even SIGKILL does not end it. */
export async function stop(identity: ProcessIdentity, options: StopOptions = {}): Promise<StopOutcome> {
  const group = options.group ?? false;
  if (!sendSignal(identity, options.signal ?? 'SIGTERM', { group })) return 'gone';
  if (await exitWithin(identity, options.graceMs ?? 10_000)) return 'stopped';
  sendSignal(identity, 'SIGKILL', { group });
  if (await exitWithin(identity, KILL_WAIT_MS)) return 'killed';
  throw new ProcessError(
    'STILL_RUNNING',
    `process ${identity.pid} still runs ${KILL_WAIT_MS} ms after SIGKILL`,
  );
}

/** Waits until that process, anybody's child, is gone; false when it still runs after `withinMs`. */
export async function exitWithin(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (let pause = 5; isAlive(identity); pause = Math.min(pause * 2, 100)) {
    const left = end - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
  }
  return true;
}
