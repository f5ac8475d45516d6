import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import fc from 'fast-check';
import { decodeRejection, encodeRejection, MAX_DETAILS_BYTES } from './rejection-status.js';

const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('a rejection as google.rpc.Status', () => {
  it.each(codes)('carries %s there and back', code => {
    const encoded = encodeRejection({ code, message: 'because' });
    expect(encoded.code).toBeGreaterThan(0);
    expect(decodeRejection({ message: '', details: encoded.details })).toEqual({
      code,
      message: 'because',
      violations: [],
      details: {},
    });
  });

  it('carries violations and details', () => {
    const violations = [{ field: 'spec.interval', description: 'is 0; must be at least 1' }];
    const encoded = encodeRejection({
      code: 'MANIFEST_INVALID',
      message: 'no',
      violations,
      details: { actual: 3, ref: 'x' },
    });
    expect(encoded.code).toBe(3);
    expect(decodeRejection({ message: '', details: encoded.details })).toMatchObject({
      violations,
      details: { actual: '3', ref: 'x' },
    });
  });

  it('stays below what metadata may carry, keeps the code, and says how many violations it left out', () => {
    const violations = Array.from({ length: 400 }, (_, i) => ({
      field: `spec.f${i}`,
      description: 'x'.repeat(900),
    }));
    const { details } = encodeRejection({ code: 'MANIFEST_INVALID', message: 'm'.repeat(9_000), violations });
    expect(details.length).toBeLessThanOrEqual(MAX_DETAILS_BYTES);
    const decoded = decodeRejection({ message: '', details });
    expect(decoded.code).toBe('MANIFEST_INVALID');
    expect(decoded.violations.length + Number(decoded.details['violations_left_out'])).toBe(400);
  });

  it('answers the plain message without details', () => {
    expect(decodeRejection({ message: 'dead socket' })).toMatchObject({ code: null, message: 'dead socket' });
  });

  it('never throws on bytes of somebody else, and invents no code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(decodeRejection({ message: 'm', details: bytes }).code).toBeNull();
      }),
    );
  });
});
