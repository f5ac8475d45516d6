/** What can go wrong with processes, pid files and locks of the host. */
export type ProcessErrorCode =
  'SPAWN_FAILED' | 'STILL_RUNNING' | 'PID_FILE_INVALID' | 'DIRECTORY_OWNED' | 'COMMAND_FAILED';

/** An error of this lib; `code` is stable, `message` is one sentence for people. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';

  constructor(
    readonly code: ProcessErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `code` of a system error (`ENOENT`, `ESRCH`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of anything thrown. Not by `instanceof`: errors of another realm (a worker, Jest) are no `Error` of ours. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
