import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isStorableText, jsonText } from './json-text.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('\0', '\ud800', '\udc00 a', '\\u0000', '\\', '\u001b', '😀'),
);
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.constantFrom(null, true, 0, -1.5, 1e21),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

/** Every text in it, names of members included. */
const textsOf = (of: unknown): readonly string[] => {
  if (typeof of === 'string') return [of];
  if (typeof of !== 'object' || of === null) return [];
  const members = Object.entries(of).flatMap(([name, member]) => [name, ...textsOf(member)]);
  return Array.isArray(of) ? of.flatMap(textsOf) : members;
};

describe('the JSON text of an event', () => {
  it('comes back equal, and is refused exactly when some text in it cannot be stored', () => {
    fc.assert(
      fc.property(value, of => {
        if (textsOf(of).every(isStorableText)) expect(JSON.parse(jsonText(of, 'data'))).toEqual(of);
        else
          expect(() => jsonText(of, 'data')).toThrow(/^data.*: a (string|member name) with NUL or a lone/s);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the place of what it refuses', () => {
    const nested = { list: [1, { at: new Date(0) }] };
    expect(() => jsonText(nested, 'data')).toThrow('data.list[1].at: Date is not JSON; convert it first');
    expect(() => jsonText({ a: [0, Number.NaN] }, 'data')).toThrow('data.a[1]: NaN is not JSON');
    expect(() => jsonText({ a: ['x', '\0'] }, 'data')).toThrow('data.a[1]: a string with NUL');
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => jsonText(cycle, 'data')).toThrow(/nested deeper than 128, or in a cycle$/);
  });
});
