import { processEntry } from './process-table.js';
import { systemCode } from './process-error.js';

/** A process told apart from any later one with the same pid (safety.md §6). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque start time from the system's process table; compare only for equality. */
  readonly startTime: string;
}

/** The identity of a pid (also of one that has just ended and is not collected yet), or undefined. */
export function identify(pid: number): ProcessIdentity | undefined {
  const entry = processEntry(pid);
  return entry && { pid: entry.pid, startTime: entry.startTime };
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const identity = identify(process.pid);
  if (!identity) throw new Error('this process is not in the process table');
  return identity;
}

/** Whether exactly that process still runs; a reused pid and an uncollected (zombie) one answer false. */
export function isAlive(identity: ProcessIdentity): boolean {
  const entry = processEntry(identity.pid);
  return entry !== undefined && !entry.ended && entry.startTime === identity.startTime;
}

/** Sends a signal to exactly that process, to its whole group with `group`. Answers false when it is gone. */
export function sendSignal(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  options: { readonly group?: boolean } = {},
): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(options.group ? -identity.pid : identity.pid, signal);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Guards a decoded value: `{ pid, startTime }`. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTime } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  return Number.isSafeInteger(pid) && typeof startTime === 'string' && startTime !== '';
}
