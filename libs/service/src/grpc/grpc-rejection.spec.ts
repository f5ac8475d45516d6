import { describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { ErrorCode } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { fromGrpcError, toGrpcRefusal } from './grpc-rejection.js';

const asError = (code: number, details: string, metadata = new Metadata()): ServiceError =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });

describe('a refusal over gRPC', () => {
  it.each(Object.keys(ERROR_CATALOGUE) as ErrorCode[])('comes back as %s', code => {
    const refusal = toGrpcRefusal({
      code,
      message: 'because',
      violations: [{ field: 'a', description: 'b' }],
    });
    expect(refusal.code).toBe(status[ERROR_CATALOGUE[code].grpc]);
    const { rejection } = fromGrpcError(asError(refusal.code, refusal.details, refusal.metadata));
    expect(rejection).toMatchObject({
      code,
      message: 'because',
      violations: [{ field: 'a', description: 'b' }],
    });
  });

  it('tells "cannot be reached" apart from "cannot tell whether it happened"', () => {
    expect(fromGrpcError(asError(status.UNAVAILABLE, 'refused')).code).toBe('SERVICE_UNAVAILABLE');
    expect(fromGrpcError(asError(status.DEADLINE_EXCEEDED, 'late')).code).toBe('OUTCOME_UNKNOWN');
    expect(fromGrpcError(asError(status.INTERNAL, 'x')).code).toBe('INTERNAL');
  });
});
