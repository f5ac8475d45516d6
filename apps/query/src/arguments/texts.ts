import type { FieldViolation } from '@replicante/kernel';
import { IDENTIFIER } from '@replicante/kernel';
import { invalid } from './invalid.js';

const MAX_TEXT = 1_024;
const MUST_BE_IDENTIFIER = 'must be 1 to 128 of A-Z a-z 0-9 . _ -';
const IDENTIFIERS = new Set(['nsId', 'clusterId', 'name', 'platform']);

/** For an argument that is an id under another name. */
export function checkIdentifier(field: string, value: string): void {
  if (!IDENTIFIER.test(value)) throw invalid({ field, description: MUST_BE_IDENTIFIER });
}

/**
 * Checks every text of a field's arguments, filters included: ids of namespaces, platforms and clusters by their
 * alphabet, anything else by what the database can hold. All violations at once, named by path.
 */
export function checkTexts(args: object): void {
  const violations: FieldViolation[] = [];
  checkFields(args, '', violations);
  if (violations.length > 0) throw invalid(...violations);
}

function checkFields(values: object, path: string, violations: FieldViolation[]): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    // Nearly all that is left out or a number: no path is made for it. Cursors and positions have checks of their own.
    if ((typeof value !== 'string' && typeof value !== 'object') || name === 'after' || name === 'at')
      continue;
    const field = Array.isArray(values) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    if (typeof value === 'string') checkText(value, field, violations);
    else if (value !== null) checkFields(value, field, violations);
  }
}

function checkText(value: string, field: string, violations: FieldViolation[]): void {
  const name = field.slice(field.lastIndexOf('.') + 1);
  if (IDENTIFIERS.has(name) && !IDENTIFIER.test(value))
    violations.push({ field, description: MUST_BE_IDENTIFIER });
  else if (value.length > MAX_TEXT || value.includes('\u0000'))
    violations.push({ field, description: `must be at most ${MAX_TEXT} characters, without NUL` });
}
