/** NUL and lone surrogates, which no event can hold: one such text of an agent would block its cluster for good. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;
const clean = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');

/** JSON of a document that holds what others said, free of what cannot be stored. */
export const wireText = (document: unknown): string =>
  JSON.stringify(document, (_key, value: unknown) => (typeof value === 'string' ? clean(value) : value));
