import { CoordinatorError } from '@replicante/coordinator';
import { sqlStateOf } from '@replicante/postgres-client';

/** Raised by the function `coordinator.acquire`. */
const SESSION_ENDED_STATE = 'RC001';
const FOREIGN_KEY_VIOLATION = '23503';

export function asCoordinatorError(error: unknown): CoordinatorError {
  if (error instanceof CoordinatorError) return error;
  const state = sqlStateOf(error);
  const message = error instanceof Error ? error.message : String(error);
  // A foreign key: the session's row went away between the look and the insert.
  if (state === SESSION_ENDED_STATE || state === FOREIGN_KEY_VIOLATION)
    return new CoordinatorError('SESSION_ENDED', message, { cause: error });
  return new CoordinatorError('COORDINATOR_UNAVAILABLE', `the coordinator's database: ${message}`, {
    cause: error,
  });
}
