/** Headers that travel with an effect (safety.md §2). Upstream's agents ignore them. */
export const HEADERS = {
  attemptId: 'replicante-attempt-id',
  fencingToken: 'replicante-fencing-token',
  idempotencyKey: 'idempotency-key',
  /** On a refusal: tells a fenced 409 from a duplicate id. */
  refusal: 'replicante-refusal',
} as const;

export const REFUSED_AS_FENCED = 'fenced';

/** The two numbers of a lease that fence: compared in this order. */
export interface Fence {
  readonly epoch: number;
  readonly token: number;
}

/** What `command` gave with an instruction. All optional: actions may be created by third parties too (§5.4). */
export interface AttemptHeaders {
  readonly attemptId?: string;
  readonly fence?: Fence;
  readonly idempotencyKey?: string;
}

/** `<epoch>.<token>`. */
export const formatFence = (fence: Fence): string => `${fence.epoch}.${fence.token}`;

/** `undefined` when it is not `<epoch>.<token>` with two safe integers. */
export function parseFence(written: string): Fence | undefined {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(written);
  if (!match) return undefined;
  const [epoch, token] = [Number(match[1]), Number(match[2])];
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(token) ? { epoch, token } : undefined;
}

export const compareFences = (a: Fence, b: Fence): number => a.epoch - b.epoch || a.token - b.token;

export function attemptHeaders(attempt: AttemptHeaders): Record<string, string> {
  return {
    ...(attempt.attemptId === undefined ? {} : { [HEADERS.attemptId]: attempt.attemptId }),
    ...(attempt.fence === undefined ? {} : { [HEADERS.fencingToken]: formatFence(attempt.fence) }),
    ...(attempt.idempotencyKey === undefined ? {} : { [HEADERS.idempotencyKey]: attempt.idempotencyKey }),
  };
}
