import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stateOf, stateText } from './snapshot-text.js';

const pause = (): Promise<void> => Promise.resolve();

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
  it('gives back what it was given, in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(state, async given => {
        fc.pre(!holdsNegativeZero(given));
        const text = await stateText(given, pause);
        const again = stateOf(text);
        expect(again).toEqual(given);
        expect(await stateText(again, pause)).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  it('leaves the state as it was', async () => {
    const given = Object.freeze({ a: Object.freeze([new Map([['x', new Set([1])]])]), b: undefined });
    expect(stateOf(await stateText(given, pause))).toEqual(given);
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
  ])('refuses %s, which JSON would change without a word', async (what, value) => {
    const text = stateText({ nodes: new Map([['a', { value }]]) }, pause);
    await expect(text).rejects.toThrow(`holds what no snapshot can keep: ${what} at nodes.1.value`);
  });
});

function holdsNegativeZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  if (value instanceof Map || value instanceof Set)
    return [...(value as Iterable<unknown>)].some(holdsNegativeZero);
  return Object.values(value).some(holdsNegativeZero);
}
