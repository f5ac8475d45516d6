import type { ProcessIdentity } from './identity.js';
import { sendSignal } from './identity.js';
import { processEntry } from './process-table.js';

const STANDS_WITHIN_MS = 1_000;
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Sends SIGSTOP and waits until the process stands, a moment that a busy machine makes long: until then it answers. Blocks
 * this thread meanwhile, so that nothing of the caller comes between. Answers false when the process is gone.
 */
export function freeze(identity: ProcessIdentity, options: { readonly group?: boolean } = {}): boolean {
  if (!sendSignal(identity, 'SIGSTOP', options)) return false;
  const untilMs = performance.now() + STANDS_WITHIN_MS;
  while (performance.now() < untilMs) {
    const entry = processEntry(identity.pid);
    if (!entry || entry.ended || entry.startTime !== identity.startTime) return false;
    if (entry.stopped) break;
    Atomics.wait(cell, 0, 0, 1);
  }
  return true;
}
