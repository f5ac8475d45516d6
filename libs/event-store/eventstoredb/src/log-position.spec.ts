import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { liesBehind, logPositionOf, positionOf } from './log-position.js';

const place = fc.record({ commit: fc.bigInt(0n, 2n ** 63n - 1n), prepare: fc.bigInt(0n, 2n ** 63n - 1n) });

describe('a position in the log', () => {
  it('comes back equal, and sorts as text as it does as numbers', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        expect(logPositionOf(positionOf(one))).toEqual(one);
        expect(positionOf(one) > positionOf(other)).toBe(liesBehind(one, other));
      }),
    );
  });

  it('lies behind the beginning, also the very first', () => {
    expect(liesBehind({ commit: 0n, prepare: 0n }, undefined)).toBe(true);
    expect(logPositionOf(undefined)).toBeUndefined();
  });

  it('that another store wrote, or nobody, is refused', () => {
    const twenty = '0'.repeat(20);
    for (const text of ['', twenty, `${twenty}.`, `${twenty}/${twenty}`, `${'9'.repeat(20)}.${twenty}`])
      expect(() => logPositionOf(text)).toThrow(expect.objectContaining({ code: 'POSITION_INVALID' }));
  });

  it('that the server left out is no position', () => {
    const none = 2n ** 64n - 1n;
    expect(() => positionOf({ commit: none, prepare: none })).toThrow(/22\.10 or newer is needed/);
  });
});
