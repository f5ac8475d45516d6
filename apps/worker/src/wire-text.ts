/** NUL and lone surrogates, which no event can hold: one such text of an agent would block its cluster for good. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;
/** How JSON writes them; a text may also hold these letters by itself, which is then looked at for nothing. */
const WRITTEN = /\\u(?:0000|d[89a-f])/;
const clean = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');

/** JSON of a document that holds what others said, free of what cannot be stored. */
export function wireText(document: unknown): string {
  const text = JSON.stringify(document);
  // A look at every value costs ten times the rest, and almost no document needs it.
  if (!WRITTEN.test(text)) return text;
  return JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'string' ? clean(value) : value,
  );
}
