/** Headers that travel with an effect (safety.md §2); upstream's platforms ignore them. */
export const PLATFORM_HEADERS = {
  attemptId: 'replicante-attempt-id',
  fencingToken: 'replicante-fencing-token',
  idempotencyKey: 'idempotency-key',
  /** On a refusal: why, for machines. */
  refusal: 'replicante-refusal',
  /** On the answer to `discover`: `keys` when a repeated idempotency key has one effect. */
  idempotency: 'replicante-idempotency',
} as const;

export const REFUSED_AS_FENCED = 'fenced';
export const ADVERTISES_KEYS = 'keys';

/** The two numbers of a lease that fence, compared in this order. */
export interface PlatformFence {
  readonly epoch: number;
  readonly token: number;
}

/** What goes with one effect. */
export interface PlatformAttempt {
  readonly attemptId?: string;
  readonly fence?: PlatformFence;
  readonly idempotencyKey?: string;
}

/** `<epoch>.<token>`. */
export const formatFence = (fence: PlatformFence): string => `${fence.epoch}.${fence.token}`;

/** `undefined` when it is not two safe integers joined by a dot. */
export function parseFence(written: string): PlatformFence | undefined {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(written);
  const [epoch, token] = [Number(match?.[1]), Number(match?.[2])];
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(token) ? { epoch, token } : undefined;
}

/** < 0 when `a` is older than `b`. */
export const compareFences = (a: PlatformFence, b: PlatformFence): number =>
  a.epoch - b.epoch || a.token - b.token;

export function attemptHeaders(attempt: PlatformAttempt): Record<string, string> {
  return {
    ...(attempt.attemptId === undefined ? {} : { [PLATFORM_HEADERS.attemptId]: attempt.attemptId }),
    ...(attempt.fence === undefined ? {} : { [PLATFORM_HEADERS.fencingToken]: formatFence(attempt.fence) }),
    ...(attempt.idempotencyKey === undefined
      ? {}
      : { [PLATFORM_HEADERS.idempotencyKey]: attempt.idempotencyKey }),
  };
}
