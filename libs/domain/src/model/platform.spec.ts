import { describe, expect, it } from '@jest/globals';
import { samePlatform } from './platform.js';

describe('two references to a platform', () => {
  const ref = (ns_id: string | null, name = 'local') => ({ ns_id, name });
  it.each([
    ['name and namespace are', ref('a'), ref('a')],
    ['one leaves out the namespace, which is that of the object that refers', ref(null), ref('ns')],
    ['the other leaves it out', ref('ns'), ref(null)],
    ['both leave it out', ref(null), ref(null)],
  ])('are the same when %s', (_title, a, b) => {
    expect(samePlatform('ns', a, b)).toBe(true);
  });
  it.each([
    ['their names differ', ref('a'), ref('a', 'other')],
    ['their namespaces differ', ref('a'), ref('b')],
    ['one leaves out a namespace that is another', ref(null), ref('b')],
  ])('are not when %s', (_title, a, b) => {
    expect(samePlatform('ns', a, b)).toBe(false);
  });
});
