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
      return this.#items([...(value as ReadonlyMap<unknown, unknown>)]);
    }
    if (value instanceof Set) {
      this.sets.push([...this.#path]);
      return this.#items([...(value as ReadonlySet<unknown>)]);
    }
    return this.#record(value);
  }

  #items(items: readonly unknown[]): readonly unknown[] {
    let changed: unknown[] | undefined;
    for (const [index, item] of items.entries()) {
      const plain = this.#at(index, item);
      if (plain !== item) (changed ??= [...items])[index] = plain;
    }
    return changed ?? items;
  }

  #record(record: object): object {
    const prototype: unknown = Object.getPrototypeOf(record);
    if (prototype !== Object.prototype && prototype !== null)
      throw notKept(this.#path, 'an object of a class');
    const changed = new Map<string, unknown>();
    for (const [key, item] of Object.entries(record) as [string, unknown][]) {
      // JSON leaves it out, and every reader of ours takes it for one that is not there.
      if (item === undefined) continue;
      const plain = this.#at(key, item);
      if (plain !== item) changed.set(key, plain);
    }
    // As own properties: an assignment to `__proto__` would be lost.
    return changed.size === 0 ? record : Object.fromEntries([...Object.entries(record), ...changed]);
  }

  #at(key: string | number, item: unknown): unknown {
    this.#path.push(key);
    const plain = this.of(item);
    this.#path.pop();
    return plain;
  }
}

/**
 * A state as JSON, without loss: Maps and Sets become arrays, and their places are listed beside them, so that no name or
 * value that users chose can be taken for one. Throws for anything that JSON does not give back as it was.
 */
export function stateText(state: unknown): string {
  const plain = new Plain();
  const value = plain.of(state);
  return JSON.stringify({ value, maps: plain.maps, sets: plain.sets } satisfies StateDocument);
}

/** What `stateText` was given. Throws for another text. */
export function stateOf(text: string): unknown {
  const { value, maps, sets } = JSON.parse(text) as StateDocument;
  // Inner ones first: outer ones take them along.
  const places = [
    ...maps.map(path => ({ path, make: (entries: unknown) => new Map(entries as [unknown, unknown][]) })),
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
