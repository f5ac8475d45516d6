import fc from 'fast-check';

/** Texts that have broken something somewhere: boundaries, controls, directions, inherited names, other languages. */
const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\n',
  'a\r\nb',
  '\u001b[2J\u001b[31m',
  '\u202eevil',
  '\ufeff',
  '\ufffd',
  '😀'.repeat(65),
  'é'.repeat(128),
  ...[127, 128, 129, 256, 257, 512, 513, 1_024, 1_025, 5_000, 70_000].map(length => 'x'.repeat(length)),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "'; DROP TABLE events; --",
  "' OR '1'='1",
  '<script>alert(1)</script>',
  '${7*7}{{7*7}}',
  '../../../../etc/passwd',
  '%00%2e%2e%2f',
  'null',
  'NaN',
  '-1',
  '1e309',
  '9223372036854775808',
  '18446744073709551616',
  '00000000-0000-0000-0000-000000000000',
  // A UUIDv7 of 2020, and one of the year 10889.
  '016f5e66-e800-7000-8000-000000000000',
  'ffffffff-ffff-7fff-bfff-ffffffffffff',
  'a b',
  'a/b',
  'a:b',
  '.',
  '..',
  '-',
];

/** Whole numbers and fractions at the ends of what machines count with. */
const HOSTILE_NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 0.5, -5.5, 127, 128, 255, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32],
  ...[2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, Number.MIN_VALUE],
];

/** Arbitrary Unicode, never half a character. (fast-check's own `binary` takes seconds to begin with.) */
export const unicodeText = (longest: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 0x20, max: 0x7e }),
        fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map(code => (code < 0xd800 ? code : code + 0x800)),
      ),
      { maxLength: longest },
    )
    .map(codes => String.fromCodePoint(...codes));

/** Any text: half of them known to hurt, half made of arbitrary Unicode. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  unicodeText(300),
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...HOSTILE_NUMBERS),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { in: value };
  return value;
};

/** JSON of a wrong type, or of the right one with a wrong value; names of inherited members and depth included. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { '': '' }, nested(70), nested(500)),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__": {"polluted": true}}'),
    JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

export type FieldPath = readonly (string | number)[];

/** Every field of a document, the document itself left out. */
export function fieldPaths(document: unknown, at: FieldPath = []): readonly FieldPath[] {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) => {
    const path = [...at, Array.isArray(document) ? Number(key) : key];
    return [path, ...fieldPaths(value, path)];
  });
}

/** A copy in which one field has another value, or is missing (`undefined`). The document stays as it is. */
export function withField(document: unknown, [key, ...rest]: FieldPath, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    const copy: unknown[] = [...(document as readonly unknown[])];
    if (rest.length === 0 && value === undefined) copy.splice(Number(key), 1);
    else copy[Number(key)] = withField(copy[Number(key)], rest, value);
    return copy;
  }
  const fields = Object.entries(document as object).map(
    ([name, own]: [string, unknown]): [string, unknown] => [
      name,
      name === String(key) ? withField(own, rest, value) : own,
    ],
  );
  return Object.fromEntries(fields.filter(([, own]) => own !== undefined));
}

/** One field of a valid document wrong, missing, or one more than there should be; and which one it is. */
export const singleFieldMutation = (
  document: unknown,
): fc.Arbitrary<{ readonly path: FieldPath; readonly value: unknown; readonly document: unknown }> => {
  const paths = fieldPaths(document);
  const changed = fc.record({
    path: fc.constantFrom(...paths),
    value: fc.oneof({ weight: 9, arbitrary: hostileJson }, { weight: 1, arbitrary: fc.constant(undefined) }),
  });
  const added = fc.record({
    path: fc
      .tuple(
        fc.constantFrom<FieldPath>([], ...paths.filter(path => isRecord(valueAt(document, path)))),
        hostileText,
      )
      .map(([path, name]): FieldPath => [...path, name]),
    value: hostileJson,
  });
  return fc
    .oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: added })
    .map(({ path, value }) => ({
      path,
      value,
      document: hasField(document, path)
        ? withField(document, path, value)
        : withNewField(document, path, value),
    }));
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const valueAt = (document: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined,
    document,
  );

const hasField = (document: unknown, path: FieldPath): boolean => {
  const parent = valueAt(document, path.slice(0, -1));
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, path.at(-1) ?? '');
};

function withNewField(document: unknown, path: FieldPath, value: unknown): unknown {
  const parent = valueAt(document, path.slice(0, -1));
  // By way of entries: an assignment to `__proto__` would set no field.
  const grown = Object.fromEntries([
    ...Object.entries(isRecord(parent) ? parent : {}),
    [String(path.at(-1)), value],
  ]);
  return withField(document, path.slice(0, -1), grown);
}
