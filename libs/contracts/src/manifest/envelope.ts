import type { FieldViolation, Rejection } from '@replicante/kernel';
import { didYouMean } from './did-you-mean.js';
import { childPath } from './field-path.js';
import type { ManifestKind } from './manifest.js';
import { MANIFEST_API_VERSION, MANIFEST_KINDS } from './manifest.js';

type Envelope =
  | { readonly ok: true; readonly kind: ManifestKind; readonly spec: object }
  | { readonly ok: false; readonly rejection: Rejection };

/** `metadata` is upstream's old place for identity: ignored, as upstream does. */
const FIELDS = ['apiVersion', 'kind', 'metadata', 'spec'];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const invalidManifest = (violations: readonly FieldViolation[]): Rejection => ({
  code: 'MANIFEST_INVALID',
  message:
    violations.length === 1
      ? `the manifest has a fault in ${violations[0]?.field || 'its root'}`
      : `the manifest has ${violations.length} faults`,
  violations,
});

const notSupported = (violation: FieldViolation, apiVersion: string, kind: string): Rejection => ({
  code: 'RESOURCE_NOT_SUPPORTED',
  message: `no ${kind} in ${apiVersion}`,
  violations: [violation],
  details: { apiVersion, kind: kind.toLowerCase() },
});

function textField(
  input: Readonly<Record<string, unknown>>,
  field: string,
  hint: string,
): FieldViolation | undefined {
  const value = Object.hasOwn(input, field) ? input[field] : undefined;
  if (value === undefined) return { field, description: `is missing; write ${hint}` };
  return typeof value === 'string' ? undefined : { field, description: `must be a text; write ${hint}` };
}

/** The outer {apiVersion, kind, spec} (domain-reference §3.1): shape first, then whether we know that kind. */
export function openEnvelope(input: unknown): Envelope {
  if (!isObject(input))
    return {
      ok: false,
      rejection: invalidManifest([
        { field: '', description: 'is not an object; write apiVersion, kind and spec at the top level' },
      ]),
    };
  const { apiVersion, kind, spec } = input;
  const unknown = Object.keys(input).filter(field => !FIELDS.includes(field));
  const violations = [
    textField(input, 'apiVersion', MANIFEST_API_VERSION),
    textField(input, 'kind', `one of ${MANIFEST_KINDS.join(', ')}`),
    isObject(spec)
      ? undefined
      : {
          field: 'spec',
          description: `${spec === undefined ? 'is missing' : 'is not an object'}; write the object's fields below spec`,
        },
    ...unknown.map(field => {
      const meant = didYouMean(field, FIELDS);
      return {
        field: childPath('', field),
        description: `unknown field; ${meant === undefined ? 'the fields of the object go below spec' : `did you mean \`${meant}\`?`}`,
      };
    }),
  ].filter(v => v !== undefined);
  if (violations.length > 0 || typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(spec))
    return { ok: false, rejection: invalidManifest(violations) };

  if (apiVersion !== MANIFEST_API_VERSION)
    return {
      ok: false,
      rejection: notSupported(
        {
          field: 'apiVersion',
          description: `is ${JSON.stringify(apiVersion.slice(0, 60))}; write ${MANIFEST_API_VERSION}`,
        },
        apiVersion.slice(0, 200),
        kind.slice(0, 200),
      ),
    };
  const known = MANIFEST_KINDS.find(candidate => candidate.toLowerCase() === kind.toLowerCase());
  if (known === undefined) {
    const meant = didYouMean(kind, MANIFEST_KINDS);
    const description = `is ${JSON.stringify(kind.slice(0, 60))}; must be one of ${MANIFEST_KINDS.join(', ')}`;
    return {
      ok: false,
      rejection: notSupported(
        {
          field: 'kind',
          description: meant === undefined ? description : `${description}; did you mean \`${meant}\`?`,
        },
        apiVersion,
        kind.slice(0, 200),
      ),
    };
  }
  return { ok: true, kind: known, spec };
}
