import type { Document, ParsedNode } from 'yaml';
import { isCollection, isMap, isScalar, visit } from 'yaml';

/** What a document says that JSON, in which it is sent, cannot say; `offset` is a place in its text. */
export interface NotJson {
  readonly offset: number;
  readonly description: string;
}

function faultOfValue(value: unknown, source: string | undefined): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return 'is not a finite number; write a number, or a text in quotes';
  if (typeof value === 'number' && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? ''))
    return 'is a number that would be rounded (beyond 2^53); write it as a text, in quotes';
  // Of a tag: !!binary, !!timestamp.
  if (typeof value === 'object' && value !== null)
    return 'is of a type that JSON does not have; write a text, in quotes';
  return undefined;
}

/**
 * Faults of a document beyond its syntax. Each would be sent as something else than what is written: `.nan` as null,
 * 9007199254740993 rounded, `null:` as the empty name, of `1: a` and `"1": b` only the latter, and `&a [*a]` not at all.
 */
export function notJson(document: Document.Parsed<ParsedNode>): readonly NotJson[] {
  const faults: NotJson[] = [];
  const offsetOf = (node: unknown): number =>
    typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
      ? Number(node.range[0])
      : 0;
  visit(document, {
    Alias(_, node, path) {
      // Looked up only then: it walks the document.
      const around = path.some(outer => isCollection(outer) && outer.anchor === node.source);
      if (around && path.some(outer => outer === node.resolve(document)))
        faults.push({
          offset: offsetOf(node),
          description: `*${node.source} stands for what it is a part of`,
        });
    },
    Scalar(key, node) {
      const description = key === 'key' ? undefined : faultOfValue(node.value, node.source);
      if (description !== undefined) faults.push({ offset: offsetOf(node), description });
    },
    Collection(_, node) {
      if (/^tag:yaml\.org,2002:(set|omap|pairs)$/.test(node.tag ?? ''))
        faults.push({
          offset: offsetOf(node),
          description: 'is of a type that JSON does not have; write a list',
        });
      if (!isMap(node)) return;
      const names = new Set<string>();
      for (const { key } of node.items) {
        const name: unknown = isScalar(key) ? key.value : undefined;
        if (typeof name !== 'string' && typeof name !== 'number' && typeof name !== 'boolean')
          faults.push({
            offset: offsetOf(key) || offsetOf(node),
            description: 'has a name that is no text; write it in quotes',
          });
        else if (names.has(String(name)))
          faults.push({
            offset: offsetOf(key),
            description: `has the name ${JSON.stringify(String(name))} twice`,
          });
        else names.add(String(name));
      }
    },
  });
  return faults;
}
