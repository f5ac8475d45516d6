import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { STATUS_DETAILS_KEY, decodeRejection, encodeRejection } from '@replicante/contracts';
import type { ErrorCode, Rejection } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';

/** What grpc-js sends as trailers. */
export interface GrpcRefusal {
  readonly code: number;
  readonly details: string;
  readonly message: string;
  readonly metadata: Metadata;
}

/** A rejection as google.rpc.Status in the standard trailing metadata. */
export function toGrpcRefusal(rejection: Rejection): GrpcRefusal {
  const { code, message, details } = encodeRejection(rejection);
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, details);
  return { code, message, details: message, metadata };
}

/** Without details of ours: a proxy, a dead socket, a deadline. Whether the call took effect is then not known. */
const BY_STATUS: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.UNAVAILABLE]: 'SERVICE_UNAVAILABLE',
  [status.DEADLINE_EXCEEDED]: 'OUTCOME_UNKNOWN',
  [status.CANCELLED]: 'OUTCOME_UNKNOWN',
  [status.RESOURCE_EXHAUSTED]: 'REQUEST_TOO_LARGE',
  [status.INVALID_ARGUMENT]: 'INVALID_REQUEST',
};

/** The client's side: what our services answered, or the nearest code for what something in between did. */
export function fromGrpcError(error: ServiceError): RejectedError {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  const decoded = decodeRejection({
    message: error.details || error.message,
    details: typeof bytes === 'string' || bytes === undefined ? undefined : bytes,
  });
  return new RejectedError({
    code: decoded.code ?? BY_STATUS[error.code] ?? 'INTERNAL',
    message: decoded.message,
    ...(decoded.violations.length > 0 ? { violations: decoded.violations } : {}),
    details: decoded.details,
  });
}
