import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import type { FieldViolation, Rejection } from '@replicante/kernel';
import { nodeActionSchema, orchestratorActionSchema } from './actions.schema.js';
import { clusterSpecSchema } from './cluster-spec.schema.js';
import { invalidManifest, openEnvelope } from './envelope.js';
import { FORMATS } from './formats.js';
import type {
  ClusterSpecInput,
  NamespaceInput,
  NodeActionInput,
  OrchestratorActionInput,
  PlatformInput,
} from './input.js';
import type { Manifest, ManifestKind } from './manifest.js';
import { namespaceSchema } from './namespace.schema.js';
import { clusterSpec, nodeAction, orchestratorAction } from './normalise.js';
import { platformSchema } from './platform.schema.js';
import { examine } from './storable.js';
import { violationsOf } from './violations.js';

export type DecodedManifest =
  { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly rejection: Rejection };

/** More would bury the first: the rest shows itself at the next try. */
const MAX_VIOLATIONS = 100;

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  useDefaults: true,
  // A field named like an inherited member (`constructor`) is not there unless it is written.
  ownProperties: true,
  allowUnionTypes: true,
  strictTypes: false,
  formats: Object.fromEntries(
    Object.entries(FORMATS).map(([name, { fits }]) => [name, { type: 'string', validate: fits }]),
  ),
});

const validators = {
  namespace: ajv.compile<NamespaceInput>(namespaceSchema),
  platform: ajv.compile<PlatformInput>(platformSchema),
  clusterSpec: ajv.compile<ClusterSpecInput>(clusterSpecSchema),
  nodeAction: ajv.compile<NodeActionInput>(nodeActionSchema),
  orchestratorAction: ajv.compile<OrchestratorActionInput>(orchestratorActionSchema),
};

/** Rules over more than one field of a ClusterSpec (domain-reference §3.4). Total on any shape. */
function crossFieldFaults(spec: object): readonly FieldViolation[] {
  const read = (from: unknown, key: string): unknown =>
    typeof from === 'object' && from !== null && Object.hasOwn(from, key)
      ? Reflect.get(from, key)
      : undefined;
  const definition = read(read(spec, 'declaration'), 'definition') ?? null;
  if (definition === null) return [];
  const faults: FieldViolation[] = [];
  const [declared, own] = [read(definition, 'cluster_id'), read(spec, 'cluster_id')];
  if (typeof declared === 'string' && typeof own === 'string' && declared !== own)
    faults.push({
      field: 'spec.declaration.definition.cluster_id',
      description: `is ${JSON.stringify(declared.slice(0, 130))}; must equal spec.cluster_id, ${JSON.stringify(own.slice(0, 130))}`,
    });
  if ((read(spec, 'platform') ?? null) === null)
    faults.push({
      field: 'spec.platform',
      description:
        'is missing; a cluster with a definition needs the platform that provisions its nodes: {name: …}',
    });
  return faults;
}

function decodeSpec(kind: ManifestKind, written: object, found: readonly FieldViolation[]): DecodedManifest {
  // Ajv fills defaults in place; the caller's document stays as it was written.
  const spec: unknown = structuredClone(written);
  const checked = <T>(validate: ValidateFunction<T>, build: (input: T) => Manifest): DecodedManifest => {
    const faults = kind === 'ClusterSpec' ? [...found, ...crossFieldFaults(written)] : found;
    if (validate(spec)) return faults.length === 0 ? { ok: true, manifest: build(spec) } : refused(faults);
    return refused([...violationsOf(validate.errors ?? [], spec), ...faults]);
  };
  switch (kind) {
    case 'Namespace':
      return checked(validators.namespace, namespace => ({ kind, namespace }));
    case 'Platform':
      return checked(validators.platform, platform => ({ kind, platform }));
    case 'ClusterSpec':
      return checked(validators.clusterSpec, input => ({ kind, spec: clusterSpec(input) }));
    case 'NAction':
      return checked(validators.nodeAction, input => ({
        kind,
        action: nodeAction(input),
        approval: input.approval,
      }));
    case 'OAction':
      return checked(validators.orchestratorAction, input => ({
        kind,
        action: orchestratorAction(input),
        approval: input.approval,
      }));
  }
}

const refused = (violations: readonly FieldViolation[]): DecodedManifest => ({
  ok: false,
  rejection: invalidManifest(violations.slice(0, MAX_VIOLATIONS)),
});

/**
 * A manifest as somebody wrote it → what the domain takes, or every fault at once, each with its field and fix.
 * Strict: unknown fields are refused (architecture.md §9). Never throws, whatever `input` is; does not change it.
 * Refuses with MANIFEST_INVALID or RESOURCE_NOT_SUPPORTED.
 */
export function decodeManifest(input: unknown): DecodedManifest {
  const { walkable, violations } = examine(input);
  if (!walkable) return refused(violations);
  const envelope = openEnvelope(input);
  if (envelope.ok) return decodeSpec(envelope.kind, envelope.spec, violations);
  if (violations.length === 0) return envelope;
  return refused([...(envelope.rejection.violations ?? []), ...violations]);
}
