import type { ServerUnaryCall } from '@grpc/grpc-js';

/** Milliseconds that the caller still waits; `undefined`: for ever. Never negative. */
export function remainingMs(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>,
  wallMs: number,
): number | undefined {
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(at) ? Math.max(0, at - wallMs) : undefined;
}
