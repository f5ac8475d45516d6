import type { Page } from '@replicante/read-models';

/** A Relay connection, with `nodes` for who does not need cursors. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Built as far as it is asked for: most queries take `nodes` and never see a cursor. */
export function toConnection<R, T>(
  { rows, hasNextPage, cursorOf }: Page<R>,
  type: { readonly of: (row: R, now: number) => T },
  now: number,
): Connection<T> {
  let made: readonly T[] | undefined;
  const nodes = (): readonly T[] => (made ??= rows.map(row => type.of(row, now)));
  return {
    get nodes() {
      return nodes();
    },
    get edges() {
      return rows.flatMap((row, index) => {
        const node = nodes()[index];
        return node === undefined ? [] : [{ cursor: cursorOf(row), node }];
      });
    },
    get pageInfo() {
      const last = rows.at(-1);
      return { hasNextPage, endCursor: last === undefined ? null : cursorOf(last) };
    },
  };
}
