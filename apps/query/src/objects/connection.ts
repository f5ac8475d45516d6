import type { Page } from '@replicante/read-models';

/** A Relay connection, with `nodes` for who does not need cursors. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface NodeType<R, T> {
  readonly of: (row: R, now: number) => T;
}

/** Built as far as it is asked for: most queries take `nodes` and never see a cursor. */
export const toConnection = <R, T>(page: Page<R>, type: NodeType<R, T>, now: number): Connection<T> =>
  new PageConnection(page, type, now);

/** A class for its getters' sake: those of a literal are made anew each time, and a list has one for each owner. */
class PageConnection<R, T> implements Connection<T> {
  #nodes: readonly T[] | undefined;

  constructor(
    private readonly page: Page<R>,
    private readonly type: NodeType<R, T>,
    private readonly now: number,
  ) {}

  get nodes(): readonly T[] {
    return (this.#nodes ??= this.page.rows.map(row => this.type.of(row, this.now)));
  }

  get edges(): Connection<T>['edges'] {
    const { rows, cursorOf } = this.page;
    return rows.flatMap((row, index) => {
      const node = this.nodes[index];
      return node === undefined ? [] : [{ cursor: cursorOf(row), node }];
    });
  }

  get pageInfo(): Connection<T>['pageInfo'] {
    const { rows, hasNextPage, cursorOf } = this.page;
    const last = rows.at(-1);
    return { hasNextPage, endCursor: last === undefined ? null : cursorOf(last) };
  }
}
