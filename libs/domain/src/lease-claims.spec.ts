import { describe, expect, it } from '@jest/globals';
import type { LeaseClaim } from '@replicante/kernel';
import { compareClaim } from './lease-claims.js';

const claim = (epoch: number, token: number, holder = 'a', work = 'cycle'): LeaseClaim => ({
  work,
  epoch,
  token,
  holder,
});

describe('a claim to a lease (safety.md §1)', () => {
  it('is taken when none was recorded', () => {
    expect(compareClaim(null, claim(1, 1), 'cycle')).toBe('taken');
  });
  it.each([
    ['the next token', claim(1, 6, 'b')],
    ['the next epoch, whatever its token', claim(2, 0, 'b')],
  ])('is taken with %s', (_title, newer) => {
    expect(compareClaim(claim(1, 5), newer, 'cycle')).toBe('taken');
  });
  it('is the same when epoch, token and holder equal the record', () => {
    expect(compareClaim(claim(1, 5), claim(1, 5), 'cycle')).toBe('same');
  });
  it.each([
    ['an older token', claim(1, 4), '1.4 of a'],
    ['an older epoch, whatever its token', claim(0, 9), '0.9 of a'],
    ['the same token in another hand', claim(1, 5, 'b'), '1.5 of b'],
  ])('is fenced with %s, and both leases are named', (_title, older, named) => {
    const refusal = compareClaim(claim(1, 5), older, 'cycle');
    expect(refusal).toEqual({ code: 'FENCED', message: `Lease ${named} is fenced by 1.5 of a` });
  });
  it.each([
    ['is missing', undefined, 'meta.lease'],
    ['is for other work', claim(1, 9, 'a', 'discovery:local'), 'meta.lease.work'],
  ])('that %s is no request at all, and the field is named', (_title, given, field) => {
    expect(compareClaim(claim(1, 5), given, 'cycle')).toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field }],
    });
  });
});
