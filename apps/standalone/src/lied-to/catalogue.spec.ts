import { describe, expect, it } from '@jest/globals';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEEN_BY_LIES, SEEN_BY_TESTS } from './where-codes-are-seen.fixture.js';

const root = join(import.meta.dirname, '../../../..');

describe('every code of the catalogue', () => {
  it('is seen by the property tests, or by a test that is named, and no other code is', () => {
    const seen = [...SEEN_BY_LIES, ...Object.keys(SEEN_BY_TESTS)];
    expect([...seen].sort()).toEqual(Object.keys(ERROR_CATALOGUE).sort());
  });

  it.each(Object.entries(SEEN_BY_TESTS))('%s is in %s', (code, file) => {
    expect(readFileSync(join(root, file), 'utf8')).toMatch(new RegExp(`\\b${code}\\b`));
  });
});
