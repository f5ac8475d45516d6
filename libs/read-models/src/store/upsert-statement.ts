import type { ColumnKind, RowChange, RowGroup } from '../rows/row-group.js';

/** Rows per statement: bounds the time that building its parameters holds the event loop (some 5 ms). */
const ROWS_PER_STATEMENT = 500;

export interface Upsert {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

const texts = { live: new WeakMap<RowGroup, string>(), bulk: new WeakMap<RowGroup, string>() };

/**
 * One statement per group of columns and 500 rows, each made when it is asked for. A row is changed only by a newer
 * version: any repeat, in whatever order, leaves the newest. Keys must differ within `changes` (the subscription folds).
 * `bulk`: append-only tables have no key yet, so rows are inserted as they are; what is repeated stands there twice.
 */
export function* upsertsOf(changes: readonly RowChange[], { bulk = false } = {}): Generator<Upsert> {
  const byGroup = new Map<RowGroup, RowChange[]>();
  for (const change of changes) {
    const rows = byGroup.get(change.group);
    if (rows) rows.push(change);
    else byGroup.set(change.group, [change]);
  }
  for (const [group, rows] of byGroup)
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT)
      yield {
        text: textOf(group, bulk),
        parameters: parametersOf(group, rows.slice(from, from + ROWS_PER_STATEMENT)),
      };
}

function columnsOf({ key, values, version }: RowGroup): readonly (readonly [string, ColumnKind])[] {
  return [
    ...Object.entries(key),
    ...(version === null ? [] : [[version, 'integer'] as const]),
    ...Object.entries(values),
  ];
}

function textOf(group: RowGroup, bulk: boolean): string {
  const cache = bulk ? texts.bulk : texts.live;
  const known = cache.get(group);
  if (known !== undefined) return known;
  const columns = columnsOf(group);
  const names = columns.map(([name]) => name);
  const arrays = columns.map(([, kind], index) => `$${index + 1}::${kind === 'jsonb' ? 'text' : kind}[]`);
  const selected = columns.map(([name, kind]) => (kind === 'jsonb' ? `u.${name}::jsonb` : `u.${name}`));
  const text =
    `INSERT INTO ${group.table} AS t (${names.join(', ')}) SELECT ${selected.join(', ')}` +
    ` FROM unnest(${arrays.join(', ')}) AS u(${names.join(', ')})` +
    (bulk && group.version === null ? '' : onConflict(group, names));
  cache.set(group, text);
  return text;
}

function onConflict({ key, version }: RowGroup, names: readonly string[]): string {
  const target = ` ON CONFLICT (${Object.keys(key).join(', ')}) DO `;
  if (version === null) return `${target}NOTHING`;
  const changed = names.filter(name => !(name in key));
  return (
    `${target}UPDATE SET ${changed.map(name => `${name} = excluded.${name}`).join(', ')}` +
    ` WHERE t.${version} < excluded.${version}`
  );
}

function parametersOf(group: RowGroup, rows: readonly RowChange[]): unknown[][] {
  const key = Object.keys(group.key).map(name => rows.map(row => row.key[name]));
  const version = group.version === null ? [] : [rows.map(row => row.version)];
  const values = Object.entries(group.values).map(([name, kind]) =>
    rows.map(row => (kind === 'jsonb' ? json(row.values[name]) : (row.values[name] ?? null))),
  );
  return [...key, ...version, ...values];
}

const json = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
