import { EventStoreError } from '@replicante/event-store';

/**
 * What a failure says about the statement that met it:
 * - `refused`: the server answered with an error and rolled the statement back;
 * - `bad_data`: likewise, because of a value in it: others of the same group may be fine alone;
 * - `lost`: no answer, or the server was going down while it answered: it may have been carried out.
 */
export type Fault = 'refused' | 'bad_data' | 'lost';

/** The client's own deadline passed; the statement may still run when the server wakes. */
export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = 'DeadlineError';
  }
}

export function faultOf(error: unknown): Fault {
  const state = sqlState(error);
  if (state === undefined) return 'lost';
  // 08 connection, 57P0x shutdown and crash: the commit may have come before the word.
  if (state.startsWith('08') || state.startsWith('57P')) return 'lost';
  return /^(22|23|54)/.test(state) ? 'bad_data' : 'refused';
}

/** Five characters from the server; errors of sockets have other codes (`ECONNRESET`). */
function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('severity' in error))
    return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const unavailable = (cause: unknown): EventStoreError =>
  cause instanceof EventStoreError
    ? cause
    : new EventStoreError('UNAVAILABLE', `event store: ${messageOf(cause)}`, { cause });

export const outcomeUnknown = (cause: unknown): EventStoreError =>
  new EventStoreError('OUTCOME_UNKNOWN', `the append may have happened: ${messageOf(cause)}`, { cause });
