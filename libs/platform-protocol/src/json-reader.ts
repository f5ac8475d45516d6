import type { Json } from '@replicante/kernel';

/** What is wrong with one field. `path` is `$` for the document, else `clusters[2].nodes[0].node_id`. */
export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Bounds on what a platform may make us hold; far above what a real one sends. */
export const LIMITS = { text: 8_192, name: 512, elements: 10_000, json: 256 * 1024, depth: 32, problems: 20 };

/** PostgreSQL's JSON stores neither NUL nor half of a surrogate pair. */
const UNSTORABLE = /[\0\uD800-\uDFFF]/u;

/** Reads unknown JSON field by field and gathers what is wrong instead of stopping at the first. Never throws. */
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

  text(value: unknown, path: string, max = LIMITS.text): string {
    if (typeof value !== 'string') this.fail(path, `expected a text, got ${nameOf(value)}`);
    else if (value.length > max) this.fail(path, `is longer than ${max} characters`);
    else if (UNSTORABLE.test(value)) this.fail(path, 'holds a NUL or half a surrogate pair');
    else return value;
    return '';
  }

  /** A text that names something: short and not empty. */
  name(value: unknown, path: string): string {
    const name = this.text(value, path, LIMITS.name);
    if (value === '') this.fail(path, 'is empty');
    return name;
  }

  nameOrNull(value: unknown, path: string): string | null {
    return value === undefined || value === null ? null : this.name(value, path);
  }

  /** A whole number from 0 to `max`. */
  count(value: unknown, path: string, max: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
    this.fail(path, `expected a whole number from 0 to ${max}`);
    return 0;
  }

  /** An open map, `{}` when absent; keys are copied as own properties, `__proto__` too. */
  map<T>(value: unknown, path: string, entry: (item: unknown, at: string) => T): Readonly<Record<string, T>> {
    if (value === undefined || value === null) return {};
    const entries = Object.entries(this.record(value, path));
    if (entries.length > LIMITS.elements) {
      this.fail(path, `has more than ${LIMITS.elements} entries`);
      return {};
    }
    return Object.fromEntries(
      entries.map(([key, item]) => {
        const at = `${path}.${key.slice(0, 64)}`;
        this.name(key, at);
        return [key, entry(item, at)];
      }),
    );
  }

  /** Free JSON, kept as it is when small, shallow and storable. */
  json(value: unknown, path: string): Json {
    const refusal = unfit(value);
    if (refusal === undefined) return (value ?? null) as Json;
    this.fail(path, refusal);
    return null;
  }
}

/** Runs one reading: the value when no field had a problem, else all problems. */
export function decode<T>(read: (reader: JsonReader) => T): Decoded<T> {
  const reader = new JsonReader();
  const value = read(reader);
  return reader.problems.length === 0 ? { ok: true, value } : { ok: false, problems: reader.problems };
}

/** Why a value cannot be kept. Iterative: a deep document must not overflow the stack. */
function unfit(value: unknown): string | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let size = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    size += 8 + (typeof next.value === 'string' ? next.value.length : 0);
    if (size > LIMITS.json) return `is larger than ${LIMITS.json} characters`;
    if (typeof next.value === 'string' && UNSTORABLE.test(next.value))
      return 'holds a NUL or half a surrogate pair';
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= LIMITS.depth) return `is nested deeper than ${LIMITS.depth}`;
    for (const [key, item] of Object.entries(next.value)) {
      size += key.length + 1;
      if (size > LIMITS.json) return `is larger than ${LIMITS.json} characters`;
      if (UNSTORABLE.test(key)) return 'holds a key with a NUL or half a surrogate pair';
      open.push({ value: item, depth: next.depth + 1 });
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
