import { describe, expect, it } from '@jest/globals';
import type { FieldViolation } from '@replicante/kernel';
import fc from 'fast-check';
import { decodeManifest } from './decode-manifest.js';
import { fullSpecs as full } from './full-specs.fixture.js';
import type { ManifestKind } from './manifest.js';

const of = (kind: string, spec: unknown): unknown => ({ apiVersion: 'replicante.io/v0', kind, spec });

const violations = (input: unknown): readonly FieldViolation[] => {
  const decoded = decodeManifest(input);
  if (decoded.ok) throw new Error('was accepted');
  return decoded.rejection.violations ?? [];
};

describe('decodeManifest', () => {
  const kinds = fc.constantFrom(...(Object.keys(full) as ManifestKind[]));

  it('never throws on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), input => void decodeManifest(input)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(kinds, fc.jsonValue({ maxDepth: 6 }), (kind, spec) => void decodeManifest(of(kind, spec))),
      { numRuns: 300 },
    );
  });

  it('never throws on what is not JSON, nor on cycles and depths', () => {
    const cycle: Record<string, unknown> = {};
    cycle['again'] = cycle;
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    const odd = [
      undefined,
      NaN,
      1n,
      Symbol('x'),
      () => 1,
      new Date(0),
      new Map(),
      cycle,
      deep,
      '\0',
      '\ud800',
    ];
    for (const value of odd)
      for (const input of [value, of('NAction', value), of('NAction', { ...full.NAction, args: { value } })])
        expect(decodeManifest(input).ok).toBe(false);
  });

  it('takes names of inherited members for what they are', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const text = `{"apiVersion":"replicante.io/v0","kind":"Namespace","spec":{"id":"n","${name}":1}}`;
      expect(violations(JSON.parse(text)).map(v => v.field)).toEqual([`spec.${name}`]);
    }
  });

  it('names the one field that is wrong, whichever it is', () => {
    /** Every field of the full manifests whose type is fixed, with its path. */
    const fields: { kind: ManifestKind; path: string[] }[] = [];
    const free = /\.(action_args|args|attributes|metadata|matches)\./;
    const collect = (kind: ManifestKind, at: unknown, path: string[]): void => {
      if (path.length > 0 && path.at(-1) !== 'action_args' && !free.test(`.${path.join('.')}`))
        fields.push({ kind, path });
      if (typeof at !== 'object' || at === null || Array.isArray(at)) return;
      for (const [key, value] of Object.entries(at)) collect(kind, value, [...path, key]);
    };
    for (const [kind, spec] of Object.entries(full)) collect(kind as ManifestKind, spec, []);
    const replaced = (at: unknown, [key, ...rest]: string[], value: unknown): unknown =>
      key === undefined
        ? value
        : { ...(at as object), [key]: replaced((at as Record<string, unknown>)[key], rest, value) };
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.constantFrom([[]], true, -5.5, 'n o\tt-'),
        ({ kind, path }, wrong) => {
          const decoded = decodeManifest(of(kind, replaced(full[kind], path, wrong)));
          if (decoded.ok) return; // A value that this field happens to take.
          const field = ['spec', ...path].join('.');
          // A list is named, or its entry.
          const named = decoded.rejection.violations?.map(v => v.field.replace(/(\[\d+\])+$/, ''));
          expect(named).toContain(field);
        },
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...fields.filter(f => f.path.at(-1) !== 'metadata')), ({ kind, path }) => {
        const decoded = decodeManifest(of(kind, replaced(full[kind], path, [['nothing takes this']])));
        expect(decoded.ok).toBe(false);
      }),
    );
  });
});
