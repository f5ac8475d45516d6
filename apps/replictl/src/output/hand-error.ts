import type { ErrorCode, FieldViolation } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';

/** An error as replictl prints and exits with it. Told apart by `code`. */
export class HandError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly violations: readonly FieldViolation[] = [],
  ) {
    super(message);
    this.name = 'HandError';
  }
  get exitCode(): number {
    return ERROR_CATALOGUE[this.code].exit;
  }
}

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code);

export function toHandError(error: unknown): HandError {
  if (error instanceof HandError) return error;
  return new HandError('INTERNAL', error instanceof Error ? error.message : String(error));
}

/** `CODE: message`, then each violation, `  field: description`. */
export const errorText = (error: HandError): string =>
  [
    `${error.code}: ${error.message}`,
    ...error.violations.map(
      ({ field, description }) => `  ${field === '' ? '(the whole)' : field}: ${description}`,
    ),
  ].join('\n');
