import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assertNever } from './decider.js';
import { ERROR_CATALOGUE } from './error-codes.js';
import { IDENTIFIER, clusterStream, namespaceStream, platformStream } from './ids.js';
import { canonicalJson, sameJson } from './json.js';
import { compareLeases } from './lease-claim.js';
import { RejectedError } from './rejection.js';

describe('JSON values', () => {
  const value = fc.jsonValue();
  it('are equal exactly when their canonical texts are', () => {
    fc.assert(
      fc.property(value, value, (a, b) => sameJson(a, b) === (canonicalJson(a) === canonicalJson(b))),
    );
  });
  it('are equal to themselves read back', () => {
    fc.assert(
      fc.property(value, a => {
        const back: unknown = JSON.parse(canonicalJson(a));
        expect(canonicalJson(back)).toBe(canonicalJson(a));
      }),
    );
  });
  it('are equal whatever the order of their keys, and with members left undefined', () => {
    expect(sameJson({ a: 1, b: [2] }, { b: [2], a: 1, c: undefined })).toBe(true);
    expect(canonicalJson({ b: 1, a: { d: 1, c: undefined } })).toBe('{"a":{"d":1},"b":1}');
  });
  it.each([
    [1, '1'],
    [null, {}],
    [[], {}],
    [[1], [1, 2]],
    [{ a: null }, {}],
    [{ a: 1 }, { b: 1 }],
  ])('%j is not %j', (a, b) => {
    expect([sameJson(a, b), sameJson(b, a)]).toEqual([false, false]);
  });
});

describe('leases', () => {
  it.each([
    [{ epoch: 1, token: 2 }, { epoch: 1, token: 1 }, 1],
    [{ epoch: 2, token: 1 }, { epoch: 1, token: 99 }, 1],
    [{ epoch: 1, token: 1 }, { epoch: 1, token: 1 }, 0],
  ])('%j against %j', (a, b, sign) => {
    expect(Math.sign(compareLeases(a, b))).toBe(sign);
    expect(Math.sign(compareLeases(b, a))).toBe(sign === 0 ? 0 : -sign);
  });
});

describe('identifiers', () => {
  it.each(['a', 'A.b_c-9', 'x'.repeat(128)])('%s fits', id => expect(IDENTIFIER.test(id)).toBe(true));
  it.each(['', 'a:b', 'a b', 'é', 'a\n', 'x'.repeat(129)])('%j does not', id => {
    expect(IDENTIFIER.test(id)).toBe(false);
  });
  it('name streams without a hyphen in the category', () => {
    expect([namespaceStream('n'), platformStream('n', 'p'), clusterStream('n', 'c')]).toEqual([
      'namespace-n',
      'platform-n:p',
      'cluster-n:c',
    ]);
  });
});

it('a rejection crosses the edges by its code', () => {
  const error = new RejectedError({ code: 'FENCED', message: 'too late' });
  expect({ code: error.code, message: error.message }).toEqual({ code: 'FENCED', message: 'too late' });
});

it.each(Object.entries(ERROR_CATALOGUE))('%s is said in a sentence', (code, { means }) => {
  expect(code).toMatch(/^[A-Z][A-Z_]+$/);
  expect(means).toMatch(/\.$/);
});

it('a case that cannot be is an error with its value', () => {
  expect(() => assertNever({ odd: 1 } as never)).toThrow('{"odd":1}');
});
