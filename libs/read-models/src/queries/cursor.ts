import { parsedJson, RejectedError } from '@replicante/kernel';

const MAX_LENGTH = 4_096;

/** Where a page ended: the list's name and the values that it is ordered by, as text. Opaque to clients. */
export const encodeCursor = (list: string, values: readonly string[]): string =>
  Buffer.from(JSON.stringify([list, ...values]), 'utf8').toString('base64url');

/** Refuses with `CURSOR_INVALID` what this list did not answer. */
export function decodeCursor(list: string, length: number, cursor: string): readonly string[] {
  const parts =
    cursor.length > MAX_LENGTH ? undefined : parsedJson(Buffer.from(cursor, 'base64url').toString('utf8'));
  const valid =
    Array.isArray(parts) &&
    parts.length === length + 1 &&
    parts[0] === list &&
    parts.every(p => typeof p === 'string');
  if (!valid) throw cursorInvalid();
  return parts.slice(1);
}

export const cursorInvalid = () =>
  new RejectedError({
    code: 'CURSOR_INVALID',
    message: 'The cursor is not one that this list answered.',
    violations: [
      { field: 'after', description: 'Pass an endCursor or an edge cursor of the same list, unchanged.' },
    ],
  });
