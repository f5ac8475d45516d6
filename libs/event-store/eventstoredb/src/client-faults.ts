import { ErrorType } from '@eventstore/db-client';
import { EventStoreError } from '@replicante/event-store';

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // Several errors of the client have an empty message, and say all in their type.
  return error.message === '' ? error.name : error.message;
};

/** `type` of the client's own errors; a plain `Error` of the gRPC library has none, and only its code (a number). */
const typeOf = (error: unknown): unknown =>
  error instanceof Error && 'type' in error ? error.type : undefined;

/** The client emits it when the stream is absent, or deleted so that it may come again. */
export const isStreamNotFound = (error: unknown): boolean => typeOf(error) === ErrorType.STREAM_NOT_FOUND;

/** gRPC says 13 INTERNAL and 14 UNAVAILABLE of a broken connection; the client has names for some of them. */
export function unavailable(cause: unknown): EventStoreError {
  return cause instanceof EventStoreError
    ? cause
    : new EventStoreError('UNAVAILABLE', `event store: ${messageOf(cause)}`, { cause });
}

/** What a failed read says. Nothing was changed by it, so that all but a caller's own mistake may be tried again. */
export function readFault(error: unknown): EventStoreError {
  if (typeOf(error) === ErrorType.STREAM_DELETED)
    return new EventStoreError('STREAM_DELETED', messageOf(error), { cause: error });
  return unavailable(error);
}

export const outcomeUnknown = (cause: unknown): EventStoreError =>
  new EventStoreError('OUTCOME_UNKNOWN', `the append may have happened: ${messageOf(cause)}`, { cause });
