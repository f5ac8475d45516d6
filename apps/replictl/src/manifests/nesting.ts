import type { CST } from 'yaml';
import { Parser } from 'yaml';

/** Above what any manifest may have (64): what is between is refused by the service, with its field. */
export const MAX_NESTING = 100;

/**
 * Offset of the first collection below `MAX_NESTING` others. The composer of YAML recurses, and a stack that overflows
 * inside a regular expression ends the process; this pass has a stack of its own.
 */
export function tooDeepAt(text: string): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) open.push({ token, depth: 0 });
  let found: number | undefined;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (token.type === 'document') {
      if (token.value) open.push({ token: token.value, depth });
      continue;
    }
    if (!('items' in token)) continue;
    if (depth >= MAX_NESTING) {
      found = Math.min(found ?? token.offset, token.offset);
      continue;
    }
    for (const { key, value } of token.items)
      for (const inner of [key, value]) if (inner) open.push({ token: inner, depth: depth + 1 });
  }
  return found;
}
