import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { namedId } from './named-id.js';

describe('ids of names', () => {
  it('are the UUIDv5 that the library makes, whatever the name', () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 500 }), fc.string());
    fc.assert(
      fc.property(name, fc.uuid(), fc.boolean(), (text, below, upper) => {
        const parent = upper ? below.toUpperCase() : below;
        expect(namedId(text, parent)).toBe(v5(text, parent));
      }),
      { numRuns: 1_000 },
    );
  });

  it('are made below a UUID only', () => {
    expect(() => namedId('event:a:0', 'no uuid')).toThrow(TypeError);
  });
});
