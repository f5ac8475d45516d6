/** One field of a GraphQL object: the columns of a row that it is made of, and how. */
export interface Field<Row, Value> {
  readonly columns: readonly (keyof Row & string)[];
  readonly read: (row: Row, now: number) => Value;
}

type Fields<Row> = Readonly<Record<string, Field<Row, unknown>>>;
type Values<F> = { readonly [K in keyof F]: F[K] extends Field<never, infer Value> ? Value : never };

/** How rows become objects of one GraphQL type, and which columns that takes. */
export interface ObjectType<Row, F> {
  /** Fields are made when they are read: a list shows few fields of many rows. */
  readonly of: (row: Row, now: number) => Values<F>;
  /** What the fields of these names are made of; keys (the columns that order a list) are always there. */
  readonly columnsOf: (names: Iterable<string>) => ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

/** Ways to say what objects are made of: what reads a column that it did not name does not compile. */
export const madeOf = <Row>() => ({
  column: <C extends keyof Row & string>(name: C): Field<Pick<Row, C>, Row[C]> => ({
    columns: [name],
    read: row => row[name],
  }),
  made: <C extends keyof Row & string, Value>(
    columns: readonly C[],
    read: (row: Pick<Row, C>, now: number) => Value,
  ): Field<Pick<Row, C>, Value> => ({ columns, read }),
  objectType: <F extends Fields<Row>>(
    fields: F,
    uses: Readonly<Record<string, readonly (keyof F & string)[]>> = {},
  ): ObjectType<Row, F> => objectType(fields, uses),
});

/**
 * `uses`: for fields with a resolver of their own, the fields that it reads of its parent; those that read keys only
 * need not be named.
 */
function objectType<Row, F extends Fields<Row>>(
  fields: F,
  uses: Readonly<Record<string, readonly (keyof F & string)[]>>,
): ObjectType<Row, F> {
  // Getters on one prototype: literals with getters are made anew for every row, which cost more than reading them.
  class Made {
    constructor(
      readonly row: Row,
      readonly now: number,
    ) {}
  }
  for (const [name, { read }] of Object.entries(fields))
    Object.defineProperty(Made.prototype, name, {
      get(this: Made) {
        return read(this.row, this.now);
      },
    });
  return {
    of: (row, now) => new Made(row, now) as unknown as Values<F>,
    columnsOf: names => {
      const read = [...names].flatMap(name => uses[name] ?? [name]);
      return new Set(
        read.flatMap(name => (Object.hasOwn(fields, name) ? (fields[name]?.columns ?? []) : [])),
      );
    },
    fields: new Set([...Object.keys(fields), ...Object.keys(uses)]),
  };
}

/** What `of` answers. */
export type ObjectOf<T> = T extends ObjectType<never, infer F> ? Values<F> : never;
