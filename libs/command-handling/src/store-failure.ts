import type { EventStoreErrorCode } from '@replicante/event-store';
import type { Rejection } from '@replicante/kernel';

const CODES: Readonly<Record<EventStoreErrorCode, true>> = {
  WRONG_EXPECTED_REVISION: true,
  OUTCOME_UNKNOWN: true,
  UNAVAILABLE: true,
  APPEND_TOO_LARGE: true,
  APPEND_EMPTY: true,
  EVENT_NOT_JSON: true,
  EVENT_INVALID: true,
  STREAM_DELETED: true,
  POSITION_INVALID: true,
};
const isCode = (code: unknown): code is EventStoreErrorCode =>
  typeof code === 'string' && Object.hasOwn(CODES, code);

/** Told apart by code, not by class. `undefined`: not an error of an event store. */
export const storeErrorCode = (error: unknown): EventStoreErrorCode | undefined =>
  error instanceof Error && error.name === 'EventStoreError' && 'code' in error && isCode(error.code)
    ? error.code
    : undefined;

/** The refusal for a failure of the store that a caller can meet; `undefined`: a defect of ours. */
export function storeRejection(error: unknown): Rejection | undefined {
  const code = storeErrorCode(error);
  const because = error instanceof Error ? error.message : String(error);
  if (code === 'UNAVAILABLE')
    return { code: 'EVENT_STORE_UNAVAILABLE', message: `nothing was recorded: ${because}` };
  if (code === 'APPEND_TOO_LARGE') return { code: 'REQUEST_TOO_LARGE', message: because };
  if (code === 'EVENT_NOT_JSON')
    return { code: 'INVALID_REQUEST', message: `the request holds what no event can: ${because}` };
  return undefined;
}
