import type { Json } from '@replicante/kernel';

/** JSON Schema 2020-12, as far as ours go. */
export type JsonSchema = { readonly [keyword: string]: Json };

/**
 * A JSON Schema that the compiler holds against a type: an event that gains, loses or changes a field does not compile
 * until its schema says so. `of` never exists; it makes `T` invariant.
 */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly of?: (value: T) => T;
}
export interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true;
}

type FieldOf<T, K extends keyof T> =
  Record<never, never> extends Pick<T, K> ? OptionalSchema<Exclude<T[K], undefined>> : Schema<T[K]>;
export type FieldsOf<T> = { readonly [K in keyof T]-?: FieldOf<T, K> };

const leaf = <T>(json: JsonSchema): Schema<T> => ({ json, definitions: {} });

export const text: Schema<string> = leaf({ type: 'string' });
/** RFC 3339, UTC. */
export const timestamp: Schema<string> = leaf({ type: 'string', format: 'date-time' });
export const uuid: Schema<string> = leaf({ type: 'string', format: 'uuid' });
export const identifier: Schema<string> = leaf({ type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' });
export const integer: Schema<number> = leaf({ type: 'integer' });
export const count: Schema<number> = leaf({ type: 'integer', minimum: 0 });
export const number: Schema<number> = leaf({ type: 'number' });
export const flag: Schema<boolean> = leaf({ type: 'boolean' });
export const anyJson: Schema<Json> = leaf({});

export const oneOf = <T extends string>(...values: readonly T[]): Schema<T> => leaf({ enum: [...values] });
export const exactly = <T extends string>(value: T): Schema<T> => leaf({ const: value });

export const list = <T>(item: Schema<T>): Schema<readonly T[]> => ({
  json: { type: 'array', items: item.json },
  definitions: item.definitions,
});

export const mapOf = <T>(value: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  json: { type: 'object', additionalProperties: value.json },
  definitions: value.definitions,
});

export const nullable = <T>(schema: Schema<T>): Schema<T | null> => ({
  json: { anyOf: [schema.json, { type: 'null' }] },
  definitions: schema.definitions,
});

export const optional = <T>(schema: Schema<T>): OptionalSchema<T> => ({ ...schema, optional: true });

type Untyped = Pick<Schema<unknown>, 'json' | 'definitions'>;
const merged = (schemas: readonly Untyped[]): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(schemas.flatMap(schema => Object.entries(schema.definitions)));

/** One of several; the compiler holds the union against the field. */
export const anyOf = <T extends readonly unknown[]>(
  ...schemas: { readonly [I in keyof T]: Schema<T[I]> }
): Schema<T[number]> => {
  const options: readonly Untyped[] = schemas;
  return { json: { anyOf: options.map(option => option.json) }, definitions: merged(options) };
};

/** Closed: a published version never changes, so a field that is not listed is another version's. */
export function object<T extends object>(fields: FieldsOf<T>): Schema<T> {
  const entries = Object.entries<Untyped>({ ...fields });
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, schema]) => [name, schema.json])),
      required: entries.filter(([, schema]) => !('optional' in schema)).map(([name]) => name),
      additionalProperties: false,
    },
    definitions: merged(entries.map(([, schema]) => schema)),
  };
}

/** Written once below `$defs` and referred to. */
export const named = <T>(name: string, schema: Schema<T>): Schema<T> => ({
  json: { $ref: `#/$defs/${name}` },
  definitions: { ...schema.definitions, [name]: schema.json },
});

/** For shapes with an index signature, which `object` cannot hold against a type. */
export const written = <T>(json: JsonSchema): Schema<T> => leaf(json);
