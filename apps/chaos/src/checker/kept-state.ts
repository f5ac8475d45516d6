/** Where a Map or a Set stood: keys from the root on. */
type Path = readonly (string | number)[];

interface Document {
  readonly value: unknown;
  readonly maps: readonly Path[];
  readonly sets: readonly Path[];
}

type Holder = Record<string | number, unknown>;

/** A snapshot's state from its text, as the format says (ADR 10): the checker's own reader, apart from the services'. */
export function keptState(text: string): unknown {
  const { value, maps, sets } = JSON.parse(text.slice(text.indexOf('\n') + 1)) as Document;
  const root: Holder = { value };
  const inMap = new Set(maps);
  // The innermost first, while the way to it is still one of arrays.
  for (const path of [...maps, ...sets].sort((a, b) => b.length - a.length)) {
    const way = ['value', ...path];
    const last = way[way.length - 1] ?? 'value';
    const holder = way.slice(0, -1).reduce<Holder>((at, key) => at[key] as Holder, root);
    const parts = holder[last] as readonly unknown[];
    holder[last] = inMap.has(path) ? new Map(pairs(parts)) : new Set(parts);
  }
  return root['value'];
}

const pairs = (parts: readonly unknown[]): readonly (readonly [unknown, unknown])[] =>
  Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1]] as const);

/** Plain JSON of a state. The order of a Map counts: by it the oldest is forgotten first. */
export function comparable(state: unknown): unknown {
  if (state instanceof Map) return { map: [...(state as ReadonlyMap<unknown, unknown>)].map(comparable) };
  if (state instanceof Set) return { set: [...(state as ReadonlySet<unknown>)].map(comparable) };
  if (Array.isArray(state)) return state.map(comparable);
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).flatMap(([key, value]) => (value === undefined ? [] : [[key, comparable(value)]])),
  );
}
