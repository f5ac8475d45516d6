/** Where a Map or a Set stood: keys from the root on. */
type Path = readonly (string | number)[];

interface StateDocument {
  readonly value: unknown;
  readonly maps: readonly Path[];
  readonly sets: readonly Path[];
}

/** Nothing that JSON would change without a word may pass: a fold that comes back another is worse than none. */
const notKept = (path: Path, what: string): Error =>
  new Error(`a state holds what no snapshot can keep: ${what} at ${path.join('.') || 'its root'}`);

class Plain {
  readonly maps: Path[] = [];
  readonly sets: Path[] = [];
  readonly #path: (string | number)[] = [];

  /** The value with arrays for Maps and Sets; parts without any are answered as they are. */
  of(value: unknown): unknown {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      if (!Number.isFinite(value) || Object.is(value, -0))
        throw notKept(this.#path, Object.is(value, -0) ? '-0' : String(value));
      return value;
    }
    if (typeof value !== 'object') throw notKept(this.#path, typeof value);
    if (Array.isArray(value)) return this.#items(value);
    if (value instanceof Map) {
      this.maps.push([...this.#path]);
      return this.#items([...(value as ReadonlyMap<unknown, unknown>)].flat(1));
    }
    if (value instanceof Set) {
      this.sets.push([...this.#path]);
      return this.#items([...(value as ReadonlySet<unknown>)]);
    }
    return this.#record(value);
  }

  /** As `of`, for a value that stands at that place. */
  at(value: unknown, ...place: Path): unknown {
    this.#path.push(...place);
    const plain = this.of(value);
    this.#path.length -= place.length;
    return plain;
  }

  #items(items: readonly unknown[]): readonly unknown[] {
    let changed: unknown[] | undefined;
    for (let index = 0; index < items.length; index += 1) {
      const plain = this.at(items[index], index);
      if (plain !== items[index]) (changed ??= [...items])[index] = plain;
    }
    return changed ?? items;
  }

  #record(record: object): object {
    const prototype: unknown = Object.getPrototypeOf(record);
    if (prototype !== Object.prototype && prototype !== null)
      throw notKept(this.#path, 'an object of a class');
    let changed: [string, unknown][] | undefined;
    for (const key of Object.keys(record)) {
      const item: unknown = (record as Record<string, unknown>)[key];
      // JSON leaves it out, and every reader of ours takes it for one that is not there.
      if (item === undefined) continue;
      const plain = this.at(item, key);
      if (plain !== item) (changed ??= []).push([key, plain]);
    }
    // As own properties: an assignment to `__proto__` would be lost.
    return changed ? Object.fromEntries([...Object.entries(record), ...changed]) : record;
  }
}

/**
 * A state as JSON, without loss: Maps become arrays of keys and values in turn, Sets arrays, and their places are listed
 * beside them, so that no name or value that users chose can be taken for one. Throws for anything that JSON does not give back as it was. `pause` lets
 * others have their turn: the state of a cluster of 500 nodes is a megabyte and a half.
 */
export async function stateText(state: unknown, pause: () => Promise<void>): Promise<string> {
  const plain = new Plain();
  const value = isRecord(state) ? await recordText(state, plain, pause) : JSON.stringify(plain.of(state));
  const { maps, sets } = plain;
  return `{"value":${value},${JSON.stringify({ maps, sets }).slice(1)}`;
}

/** Keys and values of a Map whose text is made between two turns of the event loop: some milliseconds. */
const SLICE = 1_000;

async function recordText(record: object, plain: Plain, pause: () => Promise<void>): Promise<string> {
  const texts: string[] = [];
  for (const [key, value] of Object.entries(record) as [string, unknown][]) {
    if (value === undefined) continue;
    const text =
      value instanceof Map ? await mapText(key, value, plain, pause) : JSON.stringify(plain.at(value, key));
    texts.push(`${JSON.stringify(key)}:${text}`);
    await pause();
  }
  return `{${texts.join(',')}}`;
}

async function mapText(
  key: string,
  map: ReadonlyMap<unknown, unknown>,
  plain: Plain,
  pause: () => Promise<void>,
): Promise<string> {
  plain.maps.push([key]);
  const texts: string[] = [];
  for (const entry of [...map])
    for (const part of entry) {
      if (texts.length > 0 && texts.length % SLICE === 0) await pause();
      texts.push(JSON.stringify(plain.at(part, key, texts.length)));
    }
  return `[${texts.join(',')}]`;
}

function isRecord(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map || value instanceof Set) &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  );
}

/** What `stateText` was given. Throws for another text. */
export function stateOf(text: string): unknown {
  const { value, maps, sets } = JSON.parse(text) as StateDocument;
  // Inner ones first: outer ones take them along.
  const places = [
    ...maps.map(path => ({ path, make: (parts: unknown) => mapOf(parts as unknown[]) })),
    ...sets.map(path => ({ path, make: (items: unknown) => new Set(items as unknown[]) })),
  ].sort((a, b) => b.path.length - a.path.length);
  const root: Record<string, unknown> = { value };
  for (const { path, make } of places) {
    const keys = ['value', ...path];
    const last = keys.pop() ?? 'value';
    let holder: Record<string, unknown> = root;
    for (const key of keys) holder = holder[key] as Record<string, unknown>;
    // Not by assignment, as above.
    Object.defineProperty(holder, last, {
      value: make(holder[last]),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return root['value'];
}

function mapOf(parts: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < parts.length; index += 2) map.set(parts[index], parts[index + 1]);
  return map;
}
