import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { errorPage } from './error-page.js';

const page = fileURLToPath(new URL('../../../../docs/errors.md', import.meta.url));

describe('docs/errors.md', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, errorPage());

  it('is what the catalogue says now', () => {
    expect(readFileSync(page, 'utf8')).toBe(errorPage());
  });

  it('has every code once', () => {
    for (const code of Object.keys(ERROR_CATALOGUE))
      expect(errorPage().split(`| \`${code}\` |`)).toHaveLength(2);
  });
});
