import type { PageArguments } from '@replicante/read-models';
import { invalid } from './invalid.js';

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;

export interface PageInput {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** Rejects with `INVALID_REQUEST`; the cursor is checked by the list that reads it. */
export function pageOf({ first, after }: PageInput): PageArguments {
  const rows = first ?? DEFAULT_PAGE;
  if (rows < 1 || rows > MAX_PAGE)
    throw invalid({ field: 'first', description: `must be 1 to ${MAX_PAGE}; page on with 'after'` });
  return after === null || after === undefined ? { first: rows } : { first: rows, after };
}
