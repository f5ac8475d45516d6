export type ServerErrorCode =
  /** A tool that is needed to obtain or run it is missing; the message names it. */
  | 'SERVER_NOT_AVAILABLE'
  /** Obtaining it failed; the message carries the tool's last words. */
  | 'SERVER_NOT_OBTAINED'
  /** It ended, or did not answer in time, while starting. */
  | 'SERVER_NOT_READY';

export class ServerError extends Error {
  constructor(
    readonly code: ServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ServerError';
  }
}
