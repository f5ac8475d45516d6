import type { ServerUnaryCall } from '@grpc/grpc-js';
import { remainingMs } from '@replicante/service';

const LONGEST_MS = 10_000;
/** For the answer's way back: an answer that misses the caller's deadline is an unknown outcome to them. */
const WAY_BACK = 0.9;

export type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>;

/** How long a command may take: what the caller waits, at most 10 s. */
export const withinMs = (call: Call): number =>
  Math.min(LONGEST_MS, (remainingMs(call, Date.now()) ?? LONGEST_MS) * WAY_BACK);
