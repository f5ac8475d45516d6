import { appendFileSync, renameSync, statSync } from 'node:fs';

/** One line of the call log (safety.md §14: the chaos checker reads it). */
export interface CallLogEntry {
  /** RFC 3339 by this host's clock, for display. */
  readonly at: string;
  readonly phase: 'before' | 'after';
  /** Grows by one per call of this run; pairs `before` with `after`. */
  readonly call: number;
  readonly run: string;
  readonly endpoint: string;
  readonly clusterId: string | null;
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
  readonly fence: string | null;
  /** Of `after`. `repeated`: answered from the journal, nothing was done. */
  readonly status?: number;
  readonly outcome?: 'done' | 'repeated' | 'refused' | 'failed';
  readonly result?: unknown;
}

export interface CallLog {
  write(entry: CallLogEntry): void;
}

/** Bytes of a file of the log. Every discovery is two lines: at one per second some 40 MB a day. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * JSON lines, each written whole before the call goes on: what a killed process logged stays logged. A full file becomes
 * `<path>.1`, in place of the one before: the newest `maxBytes` at least are always there.
 */
export function fileCallLog(path: string, maxBytes = MAX_BYTES): CallLog {
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return {
    write: entry => {
      const line = `${JSON.stringify(entry)}\n`;
      if (bytes > 0 && bytes + Buffer.byteLength(line) > maxBytes) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      bytes += Buffer.byteLength(line);
    },
  };
}
