/** How a column travels to PostgreSQL; `jsonb` as text. */
export type ColumnKind = 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb';

/**
 * Columns of a table that change together, with a version of their own (the stream's revision): the unit of the
 * versioned upsert. Several groups of one table never touch each other's columns.
 */
export interface RowGroup<K extends string = string, V extends string = string> {
  readonly table: string;
  readonly key: Readonly<Record<K, ColumnKind>>;
  readonly values: Readonly<Record<V, ColumnKind>>;
  /** `null`: the rows are never changed once written. */
  readonly version: string | null;
}

export interface RowChange {
  readonly group: RowGroup;
  readonly key: Readonly<Record<string, string | number>>;
  readonly values: Readonly<Record<string, unknown>>;
  readonly version: number;
}

export const rowGroup = <K extends string, V extends string>(group: RowGroup<K, V>): RowGroup<K, V> => group;

/** A change of one row's group of columns; every column is named, so that nothing of an older version stays. */
export const change = <K extends string, V extends string>(
  group: RowGroup<K, V>,
  key: Readonly<Record<K, string | number>>,
  version: number,
  values: Readonly<Record<V, unknown>>,
): RowChange => ({ group, key, values, version });

/** Changes of equal keys within a batch become the last of them. */
export const rowChangeKey = ({ group, key }: RowChange): string =>
  [group.table, group.version ?? '', ...Object.keys(group.key).map(k => key[k])].join('\u0000');
