import { EventStoreError } from '@replicante/event-store';
import { sqlStateOf } from '@replicante/postgres-client';

/**
 * What a failure says about the statement that met it:
 * - `refused`: the server answered with an error and rolled the statement back;
 * - `bad_data`: likewise, because of a value in it: others of the same group may be fine alone;
 * - `lost`: no answer, or the server was going down while it answered: it may have been carried out.
 */
export type Fault = 'refused' | 'bad_data' | 'lost';

export function faultOf(error: unknown): Fault {
  const state = sqlStateOf(error);
  if (state === undefined) return 'lost';
  // 08 connection, 57P0x shutdown and crash: the commit may have come before the word.
  if (state.startsWith('08') || state.startsWith('57P')) return 'lost';
  return /^(22|23|54)/.test(state) ? 'bad_data' : 'refused';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const unavailable = (cause: unknown): EventStoreError =>
  cause instanceof EventStoreError
    ? cause
    : new EventStoreError('UNAVAILABLE', `event store: ${messageOf(cause)}`, { cause });

export const outcomeUnknown = (cause: unknown): EventStoreError =>
  new EventStoreError('OUTCOME_UNKNOWN', `the append may have happened: ${messageOf(cause)}`, { cause });
