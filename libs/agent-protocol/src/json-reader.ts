import type { Json } from '@replicante/kernel';

/** What is wrong with one field of an answer. `path` is `$` for the document, else `shards[2].lag.value`. */
export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Agents are not trusted to send small answers (architecture.md §7): what a decoder takes at most. */
export const LIMITS = {
  /** Characters of an id, a name, a key, a kind. */
  name: 512,
  /** Characters of any other text. */
  text: 4096,
  /** Entries of an open map: attributes, addresses, metadata. */
  entries: 512,
  /** Elements of a list. */
  elements: 20_000,
  /** Characters, roughly, and nesting of free JSON: arguments, payload, error. */
  json: 64 * 1024,
  depth: 32,
  /** Problems told; the first ones say enough. */
  problems: 20,
} as const;

/** PostgreSQL's jsonb takes neither, so that one such text would block every later append of its cluster. */
const UNSTORABLE = /[\0\uD800-\uDFFF]/u;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (value: unknown): string =>
  value === undefined
    ? 'missing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : `a ${typeof value}`;

/** Reads known fields and gathers problems. A reader that met one still answers; its answer is thrown away by `decode`. */
export class JsonReader {
  readonly problems: FieldProblem[] = [];

  fail(path: string, problem: string): void {
    if (this.problems.length < LIMITS.problems) this.problems.push({ path, problem });
  }

  record(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (isRecord(value)) return value;
    this.fail(path, `expected an object, got ${nameOf(value)}`);
    return {};
  }

  list<T>(value: unknown, path: string, element: (item: unknown, at: string) => T): readonly T[] {
    if (!Array.isArray(value)) this.fail(path, `expected a list, got ${nameOf(value)}`);
    else if (value.length > LIMITS.elements) this.fail(path, `has more than ${LIMITS.elements} elements`);
    else return value.map((item: unknown, index) => element(item, `${path}[${index}]`));
    return [];
  }

  /** `fallback` is for a field that may be absent; without it absence is a problem. `null` is never taken. */
  text(
    value: unknown,
    path: string,
    options: { readonly max?: number; readonly fallback?: string } = {},
  ): string {
    if (value === undefined && options.fallback !== undefined) return options.fallback;
    const max = options.max ?? LIMITS.text;
    if (typeof value !== 'string') this.fail(path, `expected a text, got ${nameOf(value)}`);
    else if (value.length > max) this.fail(path, `is longer than ${max} characters`);
    else if (UNSTORABLE.test(value)) this.fail(path, 'holds a NUL or half a surrogate pair');
    else return value;
    return '';
  }

  name(value: unknown, path: string): string {
    const name = this.text(value, path, { max: LIMITS.name });
    if (value === '') this.fail(path, 'is empty');
    return name;
  }

  textOrNull(value: unknown, path: string): string | null {
    return value === undefined || value === null ? null : this.text(value, path);
  }

  integer(value: unknown, path: string): number {
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 63) return value;
    this.fail(
      path,
      `expected a 64-bit integer, got ${typeof value === 'number' ? 'another number' : nameOf(value)}`,
    );
    return 0;
  }

  /** RFC 3339 with any offset; answered in UTC with milliseconds, so that texts order as times do. */
  time(value: unknown, path: string): string {
    const written = this.text(value, path, { max: 64 });
    const at = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(written) ? Date.parse(written) : Number.NaN;
    if (!Number.isNaN(at)) return new Date(at).toISOString();
    if (typeof value === 'string') this.fail(path, 'is not an RFC 3339 time');
    return '';
  }

  /** An open map. Keys are bounded and copied as own properties, `__proto__` too. */
  map<T>(value: unknown, path: string, entry: (item: unknown, at: string) => T): Readonly<Record<string, T>> {
    if (value === undefined || value === null) return {};
    const entries = Object.entries(this.record(value, path));
    if (entries.length > LIMITS.entries) {
      this.fail(path, `has more than ${LIMITS.entries} entries`);
      return {};
    }
    return Object.fromEntries(
      entries.map(([key, item]) => {
        const at = `${path}.${key.slice(0, 64)}`;
        this.text(key, at, { max: LIMITS.name });
        return [key, entry(item, at)];
      }),
    );
  }

  /** Free JSON: kept as it is when small, shallow and storable. Absent is `null`. */
  json(value: unknown, path: string): Json {
    if (value === undefined || value === null) return null;
    const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
    let size = 0;
    for (let next = open.pop(); next; next = open.pop()) {
      size += 8;
      if (typeof next.value === 'string') {
        size += next.value.length;
        if (UNSTORABLE.test(next.value)) return this.refuse(path, 'holds a NUL or half a surrogate pair');
      } else if (typeof next.value === 'object' && next.value !== null) {
        if (next.depth >= LIMITS.depth) return this.refuse(path, `is nested deeper than ${LIMITS.depth}`);
        for (const [key, item] of Object.entries(next.value)) {
          if (UNSTORABLE.test(key))
            return this.refuse(path, 'holds a key with a NUL or half a surrogate pair');
          size += key.length;
          open.push({ value: item, depth: next.depth + 1 });
          if (size > LIMITS.json || open.length > LIMITS.json / 8)
            return this.refuse(path, `is larger than ${LIMITS.json} characters`);
        }
      }
      if (size > LIMITS.json) return this.refuse(path, `is larger than ${LIMITS.json} characters`);
    }
    return value as Json;
  }

  private refuse(path: string, problem: string): null {
    this.fail(path, problem);
    return null;
  }
}

/** Runs one reading: the value when no field had a problem, else all problems. */
export function decode<T>(read: (reader: JsonReader) => T): Decoded<T> {
  const reader = new JsonReader();
  const value = read(reader);
  return reader.problems.length === 0 ? { ok: true, value } : { ok: false, problems: reader.problems };
}
