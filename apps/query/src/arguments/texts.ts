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
export function checkTexts(args: object, path = ''): void {
  const violations = [...violationsOf(args, path)];
  if (violations.length > 0) throw invalid(...violations);
}

function* violationsOf(value: unknown, path: string): Generator<FieldViolation> {
  if (typeof value === 'string') {
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (IDENTIFIERS.has(name) && !IDENTIFIER.test(value))
      yield { field: path, description: MUST_BE_IDENTIFIER };
    else if (value.length > MAX_TEXT || value.includes('\u0000'))
      yield { field: path, description: `must be at most ${MAX_TEXT} characters, without NUL` };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* violationsOf(item, `${path}[${index}]`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      // Cursors and positions have checks of their own.
      if (name !== 'after' && name !== 'at')
        yield* violationsOf(item, path === '' ? name : `${path}.${name}`);
  }
}
