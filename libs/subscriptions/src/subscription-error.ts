export type SubscriptionErrorCode =
  'CHECKPOINT_MOVED' | 'CHANGES_REFUSED' | 'CONTROL_PLANE_RESTORED' | 'POISON_WHILE_REBUILDING';

/** Told apart by `code`. */
export class SubscriptionError extends Error {
  constructor(
    readonly code: SubscriptionErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'SubscriptionError';
  }
}

/** The code of an error of anybody's; sinks are not bound to our class. */
export const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

export const errorMessage = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
