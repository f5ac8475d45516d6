import { RejectedError } from '@replicante/kernel';

/** Above any query that fits the other limits; the parser and the validator recurse, and have only so much stack. */
export const MAX_NESTING = 100;
export const MAX_DEFINITIONS = 100;
/**
 * Far above any query that fits the other limits. Mercurius keeps what it has parsed before those are looked at: its
 * trees hold tens of bytes for each character of the text.
 */
export const MAX_CHARACTERS = 16_384;

/** Strings and comments, where brackets mean nothing; then brackets. */
const TOKENS = /"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n]*|[{}[\]()]/g;

/**
 * Looks at a query's text before it is parsed. Refuses with `QUERY_TOO_COMPLEX` what would overflow the parser's stack,
 * and with `INVALID_REQUEST` a syntax tree as JSON, which Mercurius would otherwise take unchecked.
 */
export function checkSource(source: string): void {
  if (source.length > MAX_CHARACTERS)
    throw tooComplex(`it is ${source.length} characters long; at most ${MAX_CHARACTERS} are served`);
  let [depth, definitions] = [0, 0];
  for (const [token] of source.matchAll(TOKENS)) {
    if ('{[('.includes(token)) {
      if (depth === 0 && token === '{') definitions += 1;
      depth += 1;
      if (depth > MAX_NESTING) throw tooComplex(`its brackets are nested deeper than ${MAX_NESTING}`);
      if (definitions > MAX_DEFINITIONS)
        throw tooComplex(`it has more than ${MAX_DEFINITIONS} operations and fragments`);
    } else if ('}])'.includes(token)) depth = Math.max(0, depth - 1);
  }
  if (isJson(source))
    throw new RejectedError({
      code: 'INVALID_REQUEST',
      message: 'The query is not GraphQL.',
      violations: [{ field: 'query', description: 'must be the text of a GraphQL document' }],
    });
}

const tooComplex = (why: string) =>
  new RejectedError({ code: 'QUERY_TOO_COMPLEX', message: `The query is too complex: ${why}.` });

/** Nearly every query says by its first characters that it is none, for less than a refusal of the parser costs. */
const MAY_BE_JSON = /^\s*(?:[["\-0-9tfn]|\{\s*["}])/;

function isJson(source: string): boolean {
  if (!MAY_BE_JSON.test(source)) return false;
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false; // As it should be: GraphQL is no JSON.
  }
}
