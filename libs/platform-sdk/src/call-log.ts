import { appendFileSync } from 'node:fs';

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

/** JSON lines, each written whole before the call goes on: what a killed process logged stays logged. */
export function fileCallLog(path: string): CallLog {
  return { write: entry => appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 }) };
}
