import { describe, expect, it } from '@jest/globals';
import { decodeManifest } from '@replicante/contracts';
import type { FieldViolation } from '@replicante/kernel';
import { type FieldPath, holds, tellLies, valueAt } from '@replicante/testing';
import { isDeepStrictEqual } from 'node:util';
import { HandError } from '../output/hand-error.js';
import { parseManifests } from './load-manifests.js';
import { type ManifestInput, manifestInputs } from './manifest-inputs.fixture.js';

type Read = { readonly ok: true; readonly values: readonly unknown[] } | { readonly ok: false };

const said = (violations: readonly FieldViolation[]): void =>
  holds(
    violations.length > 0 && violations.every(v => v.description !== ''),
    () => `a refusal that says nothing: ${JSON.stringify(violations)}`,
  );

/** As `replictl apply` reads a text: documents, or one refusal with the lines. */
function read(text: string): Read {
  try {
    return { ok: true, values: parseManifests('f.yaml', text).map(m => m.value) };
  } catch (error) {
    if (!(error instanceof HandError)) throw error;
    holds(error.code === 'MANIFEST_INVALID', () => `refused with ${error.code}`);
    said(error.violations);
    for (const { field } of error.violations)
      holds(/^f\.yaml:\d+(:\d+)?$/.test(field), () => `${field} is no line`);
    return { ok: false };
  }
}

/** `spec.nodes["a b"][0]` as the violations spell a path. */
const spelled = (path: FieldPath): string =>
  path.reduce<string>((parent, key) => {
    if (typeof key === 'number') return `${parent}[${key}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
    return parent === '' ? key : `${parent}.${key}`;
  }, '');

/** -0 becomes 0 in JSON, and is the same number. */
function withoutSignOfZero(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(withoutSignOfZero);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, withoutSignOfZero(of)]));
}

/** Fields that are compared with each other: one that is changed may be told at the other. */
const PAIRED = /^spec\.(cluster_id|platform|declaration\.definition(\.cluster_id)?|declaration)$/;

/** The one changed field is named, or what holds it, or what is in it; and nothing else. */
function blamesOnly(path: FieldPath, violations: readonly FieldViolation[]): void {
  const changed = spelled(path);
  for (const { field } of violations) {
    const related = field === '' || changed.startsWith(field) || field.startsWith(changed);
    holds(
      related || (PAIRED.test(field) && /^spec\b/.test(changed)),
      () => `${field} is blamed for ${changed}`,
    );
  }
}

/** Spelled in one way whatever way they are written; `metadata` beside `spec` is ignored, as upstream does. */
const NORMALISED =
  /^(kind|apiVersion|metadata\b.*|spec|spec\.(.*\.)?(mode|op|action_id|timeout(\..*)?|approval))$/;

/** All of `written` is in `got`, which may have more: defaults. */
function covers(got: unknown, written: unknown): boolean {
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    return JSON.stringify(got) === JSON.stringify(written);
  if (typeof got !== 'object' || got === null) return false;
  return Object.entries(written).every(
    ([key, value]) => Object.hasOwn(got, key) && covers(Reflect.get(got, key), value),
  );
}

function keepsWhatIsWritten(document: unknown, path: FieldPath, decoded: object): void {
  const wanted = valueAt(document, path);
  if (wanted === undefined || NORMALISED.test(spelled(path))) return;
  const root: unknown = Object.entries(decoded).find(([name]) =>
    /^(spec|namespace|platform|action)$/.test(name),
  )?.[1];
  const got = valueAt(root, path.slice(1));
  holds(covers(got, wanted), () => `${spelled(path)} was taken as ${JSON.stringify(got)}`);
}

async function tell({ text, written }: ManifestInput): Promise<void> {
  const found = read(text);
  holds(!Object.hasOwn(Object.prototype, 'polluted'), () => 'the prototype of all objects was changed');
  holds(found.ok || written?.path !== null, () => 'a valid text was refused');
  if (!found.ok) return;
  for (const value of found.values) {
    // The service is sent JSON: what JSON cannot say must have been refused, not changed.
    const sent: unknown = JSON.parse(JSON.stringify(value));
    holds(
      isDeepStrictEqual(sent, withoutSignOfZero(value)),
      () => 'sent as something else than what is written',
    );
    if (written)
      holds(
        isDeepStrictEqual(sent, JSON.parse(JSON.stringify(written.document))),
        () => `read as ${JSON.stringify(sent)}`,
      );
    const decoded = decodeManifest(sent);
    if (decoded.ok) {
      if (written?.path) keepsWhatIsWritten(sent, written.path, decoded.manifest);
      continue;
    }
    const { code, violations = [] } = decoded.rejection;
    holds(written?.path !== null, () => `a valid manifest was refused: ${JSON.stringify(violations)}`);
    holds(/^(MANIFEST_INVALID|RESOURCE_NOT_SUPPORTED)$/.test(code), () => `refused with ${code}`);
    said(violations);
    if (written?.path) blamesOnly(written.path, violations);
  }
}

describe('manifests, lied to', () => {
  it('are refused with lines or fields, or taken as they are written', async () => {
    const before = process.memoryUsage().heapUsed;
    await tellLies({ surface: 'manifests', inputs: manifestInputs, tell, concurrency: 1 });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(500e6);
  }, 120_000);
});
