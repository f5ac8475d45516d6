import type { ErrorCode } from './error-codes.js';

/** What is wrong with one field, and how to mend it. */
export interface FieldViolation {
  /** Path from the request's root: `spec.declaration.graces.expand`. */
  readonly field: string;
  /** One sentence that names the fault and the fix. */
  readonly description: string;
}

/** A refusal by rule: a value, not an exception. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  readonly violations?: readonly FieldViolation[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Carries a rejection over the edges that speak in exceptions. Told apart by `code`, never by `instanceof`. */
export class RejectedError extends Error {
  readonly code: ErrorCode;
  constructor(readonly rejection: Rejection) {
    super(rejection.message);
    this.name = 'RejectedError';
    this.code = rejection.code;
  }
}
