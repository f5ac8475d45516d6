/** What can go wrong with a local PostgreSQL server. */
export type PostgresServerErrorCode =
  | 'UNSUPPORTED_PLATFORM'
  | 'BINARIES_MISSING'
  | 'NO_DATABASE_USER'
  | 'NO_REACHABLE_DIRECTORY'
  | 'DATA_DIRECTORY_OTHER_MAJOR'
  | 'DATA_DIRECTORY_NOT_EMPTY'
  | 'NOT_A_DATA_DIRECTORY'
  | 'POSTMASTER_DOUBTFUL'
  | 'PORT_BUSY'
  | 'INITDB_FAILED'
  | 'START_FAILED'
  | 'NOT_READY';

/** An error of this lib; `code` is stable, `message` is one clear sentence with the fix where there is one. */
export class PostgresServerError extends Error {
  override readonly name = 'PostgresServerError';

  constructor(
    readonly code: PostgresServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
