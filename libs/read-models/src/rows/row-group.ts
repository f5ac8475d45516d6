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

/** Table, group and names of the key, once per group: the key of a change is asked for four times an event. */
const keysOf = new WeakMap<RowGroup, { readonly prefix: string; readonly names: readonly string[] }>();

/** Changes of equal keys within a batch become the last of them. */
export function rowChangeKey({ group, key }: RowChange): string {
  let known = keysOf.get(group);
  if (!known) {
    known = { prefix: `${group.table}\u0000${group.version ?? ''}`, names: Object.keys(group.key) };
    keysOf.set(group, known);
  }
  let text = known.prefix;
  for (const name of known.names) text += `\u0000${key[name]}`;
  return text;
}
