import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stateOf, stateText } from './snapshot-text.js';

/** States of every shape: Maps and Sets at any depth, names and values that look like anything. */
const { state } = fc.letrec<{ state: unknown }>(tie => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'toJSON', 'maps', 'value', '0', '\ud800'),
  );
  const items = fc.array(tie('state'), { maxLength: 4 });
  return {
    state: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        name,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      items,
      items.map(values => new Set(values)),
      fc.array(fc.tuple(name, tie('state')), { maxLength: 4 }).map(entries => new Map(entries)),
      fc.array(fc.tuple(name, tie('state')), { maxLength: 4 }).map(entries => Object.fromEntries(entries)),
    ),
  };
});

describe('the text of a state', () => {
  it('gives back what it was given, in the same order', () => {
    fc.assert(
      fc.property(state, given => {
        fc.pre(!holdsNegativeZero(given));
        const again = stateOf(stateText(given));
        expect(again).toEqual(given);
        expect(stateText(again)).toBe(stateText(given));
      }),
      { numRuns: 150 },
    );
  });

  it('leaves the state as it was', () => {
    const given = Object.freeze({ a: Object.freeze([new Map([['x', new Set([1])]])]), b: undefined });
    expect(stateOf(stateText(given))).toEqual(given);
    expect(given.a[0]?.get('x')).toEqual(new Set([1]));
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-0', -0],
    ['bigint', 1n],
    ['function', () => 1],
    ['undefined', [undefined]],
    ['an object of a class', new Date(0)],
  ])('refuses %s, which JSON would change without a word', (what, value) => {
    expect(() => stateText({ nodes: new Map([['a', { value }]]) })).toThrow(
      /holds what no snapshot can keep/,
    );
    expect(() => stateText({ nodes: new Map([['a', { value }]]) })).toThrow(what);
  });
});

function holdsNegativeZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  if (value instanceof Map || value instanceof Set)
    return [...(value as Iterable<unknown>)].some(holdsNegativeZero);
  return Object.values(value).some(holdsNegativeZero);
}
