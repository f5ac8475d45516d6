import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  attemptHeaders,
  compareFences,
  errorChain,
  errorDocument,
  formatFence,
  parseFence,
  readErrorDocument,
} from './index.js';

const fence = fc.record({ epoch: fc.nat(), token: fc.maxSafeNat().map(n => n % 1e15) });

describe('a fence', () => {
  it('survives being written and read', () => {
    fc.assert(fc.property(fence, one => expect(parseFence(formatFence(one))).toEqual(one)));
  });

  it('is ordered by epoch, then by token', () => {
    expect(compareFences({ epoch: 2, token: 1 }, { epoch: 1, token: 9 })).toBeGreaterThan(0);
    expect(compareFences({ epoch: 1, token: 1 }, { epoch: 1, token: 9 })).toBeLessThan(0);
    expect(compareFences({ epoch: 1, token: 9 }, { epoch: 1, token: 9 })).toBe(0);
  });

  it.each(['', '1', '1.', '.1', '1.2.3', '-1.2', '1.2e3', '1.99999999999999999', 'a.b'])(
    'is not read from %j',
    written => {
      expect(parseFence(written)).toBeUndefined();
    },
  );
});

describe('headers of an attempt', () => {
  it('are none when there is no attempt', () => {
    expect(attemptHeaders({})).toEqual({});
  });

  it('carry attempt, fence and idempotency key', () => {
    expect(attemptHeaders({ attemptId: 'a', fence: { epoch: 1, token: 2 }, idempotencyKey: 'k' })).toEqual({
      'replicante-attempt-id': 'a',
      'replicante-fencing-token': '1.2',
      'idempotency-key': 'k',
    });
  });
});

describe('an error document', () => {
  it('names the cause only when there is one, the trail only when it is longer than two', () => {
    expect(errorDocument(['a'])).toEqual({ error: true, error_msg: 'a' });
    expect(errorDocument(['a', 'b'])).toEqual({ error: true, error_msg: 'a', error_cause: 'b' });
    const error = new Error('a', { cause: new Error('b', { cause: new Error('c') }) });
    expect(errorDocument(errorChain(error))).toEqual({
      error: true,
      error_msg: 'a',
      error_cause: 'c',
      error_trail: ['a', 'b', 'c'],
    });
  });

  it('is read from any JSON without throwing, known fields only', () => {
    fc.assert(fc.property(fc.jsonValue(), value => void readErrorDocument(value)));
    expect(readErrorDocument({ error_msg: 'm', backtrace: 'x', error_trail: ['a', 1] })).toEqual({
      error: true,
      error_msg: 'm',
      error_trail: ['a', ''],
    });
    expect(readErrorDocument({ message: 'm' })).toBeUndefined();
  });
});
