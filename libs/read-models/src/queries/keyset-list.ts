import type { ColumnKind } from '../rows/row-group.js';
import { sqlState, type Sql } from '../store/sql.js';
import { cursorInvalid, decodeCursor, encodeCursor } from './cursor.js';

export interface PageArguments {
  /** 1 to 200. */
  readonly first: number;
  readonly after?: string | undefined;
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly hasNextPage: boolean;
  /** Of a row of this page: made when somebody asks, which for most rows nobody does. */
  readonly cursorOf: (row: T) => string;
}

/** A list in the order of some columns, all in one direction; they name a row together. */
export interface KeysetList {
  readonly name: string;
  /** The listed table has the alias `t`. What names no key column, or not all, cannot be paged. */
  readonly select: string;
  /** Columns of a row that are not the table's own, and what each is read from. */
  readonly computed?: Readonly<Record<string, string>>;
  readonly from: string;
  readonly order: Readonly<Record<string, ColumnKind>>;
  readonly descending?: boolean;
}

/** Every column of the table, and the computed ones. */
export const everyColumn = (computed: Readonly<Record<string, string>> = {}): string =>
  ['t.*', ...Object.entries(computed).map(([name, expression]) => `${expression} AS ${name}`)].join(', ');

/**
 * The same list, read for some columns and those that order it: a document that nobody asked for costs more to send and
 * parse than all the rest of its row. Names are the program's own, never a client's.
 */
export function onlyColumns(list: KeysetList, columns: Iterable<string>): KeysetList {
  const names = new Set([...Object.keys(list.order), ...columns]);
  const select = [...names].sort().map(name => {
    const expression = list.computed?.[name];
    return expression === undefined ? `t.${name}` : `${expression} AS ${name}`;
  });
  return { ...list, select: select.join(', ') };
}

/** A condition with `?` for each value. */
export interface Condition {
  readonly text: string;
  readonly values: readonly unknown[];
}

export const condition = (text: string, ...values: readonly unknown[]): Condition => ({ text, values });

class Parameters {
  readonly values: unknown[] = [];
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
  text({ text, values }: Condition): string {
    let index = 0;
    return text.replaceAll('?', () => this.add(values[index++]));
  }
}

type Found<T> = T & { readonly owner: string };

/** A time's own text: a Date has lost its microseconds, and a page would begin with the row that the last one ended with. */
const exact = (column: string): string => `cursor_${column}`;

/** One page of a list. */
export async function readPage<T>(
  sql: Sql,
  list: KeysetList,
  conditions: readonly Condition[],
  page: PageArguments,
): Promise<Page<T>> {
  const parameters = new Parameters();
  const text = pageText(list, conditions, page, parameters);
  const rows = await guarded(() => sql<Found<T>>(text, parameters.values), page);
  return toPage(list, rows, page);
}

/** The same page of a list for each of many owners, in one statement: what keeps nested lists from N+1. */
export async function readPagePerOwner<T>(
  sql: Sql,
  list: KeysetList,
  ownerColumns: readonly string[],
  owners: readonly (readonly string[])[],
  conditions: readonly Condition[],
  page: PageArguments,
): Promise<readonly Page<T>[]> {
  const parameters = new Parameters();
  const keys = ownerColumns.map((_, index) => `${parameters.add(owners.map(o => o[index]))}::text[]`);
  const ownerIs = ownerColumns.map(column => condition(`t.${column} = o.${column}`));
  const inner = pageText(list, [...ownerIs, ...conditions], page, parameters);
  const text =
    `SELECT l.*, o.owner FROM unnest(${keys.join(', ')}) WITH ORDINALITY AS o(${ownerColumns.join(', ')}, owner)` +
    ` CROSS JOIN LATERAL (${inner}) l ORDER BY o.owner`;
  const rows = await guarded(() => sql<Found<T>>(text, parameters.values), page);
  const byOwner = owners.map((): Found<T>[] => []);
  for (const row of rows) byOwner[Number(row.owner) - 1]?.push(row);
  return byOwner.map(found => toPage(list, found, page));
}

function pageText(
  { name, select, from, order, descending = false }: KeysetList,
  conditions: readonly Condition[],
  { first, after }: PageArguments,
  parameters: Parameters,
): string {
  const columns = Object.keys(order).map(column => `t.${column}`);
  const all = conditions.map(c => parameters.text(c));
  if (after !== undefined) {
    const values = decodeCursor(name, columns.length, after);
    const bounds = Object.values(order).map((kind, index) => `${parameters.add(values[index])}::${kind}`);
    all.push(`(${columns.join(', ')}) ${descending ? '<' : '>'} (${bounds.join(', ')})`);
  }
  const direction = descending ? ' DESC' : '';
  const times = Object.entries(order).flatMap(([column, kind]) =>
    kind === 'timestamptz' ? [`, t.${column}::text AS ${exact(column)}`] : [],
  );
  return (
    `SELECT ${select}${times.join('')} FROM ${from}` +
    (all.length > 0 ? ` WHERE ${all.join(' AND ')}` : '') +
    ` ORDER BY ${columns.map(c => c + direction).join(', ')}` +
    ` LIMIT ${parameters.add(first + 1)}`
  );
}

function toPage<T>(list: KeysetList, rows: readonly Found<T>[], { first }: PageArguments): Page<T> {
  return {
    hasNextPage: rows.length > first,
    rows: rows.slice(0, first),
    cursorOf: row => encodeCursor(list.name, cursorValues(list, row as Readonly<Record<string, unknown>>)),
  };
}

const cursorValues = ({ order }: KeysetList, row: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(order).map(([column, kind]) => String(row[kind === 'timestamptz' ? exact(column) : column]));

/** A cursor that was made up decodes, and then is no time or number: the server says so with class 22. */
async function guarded<R>(work: () => Promise<R>, { after }: PageArguments): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (after !== undefined && sqlState(error)?.startsWith('22')) throw cursorInvalid();
    throw error;
  }
}
