import type { Page } from '@replicante/read-models';

/** A Relay connection, with `nodes` for who does not need cursors. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export function toConnection<R, T>(page: Page<R>, toNode: (row: R) => T): Connection<T> {
  const edges = page.rows.map(row => ({ cursor: row.cursor, node: toNode(row) }));
  return {
    edges,
    nodes: edges.map(edge => edge.node),
    pageInfo: { hasNextPage: page.hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
  };
}
