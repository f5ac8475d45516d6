import type { GrpcStatus } from '@replicante/kernel';

/** Numbers of the gRPC status codes that we answer (grpc/doc/statuscodes.md). */
export const GRPC_STATUS_NUMBER: Readonly<Record<GrpcStatus, number>> = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};
