export type EventStoreErrorCode =
  | 'WRONG_EXPECTED_REVISION'
  | 'OUTCOME_UNKNOWN'
  | 'UNAVAILABLE'
  | 'APPEND_TOO_LARGE'
  | 'APPEND_EMPTY'
  | 'EVENT_NOT_JSON'
  | 'EVENT_INVALID'
  | 'STREAM_DELETED'
  | 'POSITION_INVALID';

/** Told apart by `code`. `actual` stands only with WRONG_EXPECTED_REVISION: the newest revision, or `no_stream`. */
export class EventStoreError extends Error {
  readonly actual?: number | 'no_stream';
  constructor(
    readonly code: EventStoreErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly actual?: number | 'no_stream' },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EventStoreError';
    if (options?.actual !== undefined) this.actual = options.actual;
  }
}
