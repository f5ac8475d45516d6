import type { ClusterSpec, Matcher, Namespace, NodeGroup, NodeSearch, Platform } from '@replicante/domain';
import { attributeValue, platformRef, secretRef } from './model.schema.js';
import type { Schema } from './typed-schema.js';
import {
  anyJson,
  anyOf,
  count,
  flag,
  identifier,
  list,
  mapOf,
  named,
  nullable,
  object,
  oneOf,
  optional,
  text,
} from './typed-schema.js';

/* What people declare, as it is stored: defaults applied, aliases in their one spelling. */

export const namespace: Schema<Namespace> = object<Namespace>({
  id: identifier,
  status: oneOf('Active', 'Inactive', 'Observed', 'Deleting', 'Deleted'),
  tls: object<Namespace['tls']>({ ca_bundle: nullable(text) }),
  settings: object<Namespace['settings']>({
    orchestrate: object<Namespace['settings']['orchestrate']>({ max_naction_schedule_attempts: count }),
  }),
  agents: object<Namespace['agents']>({ token: nullable(secretRef) }),
});

export const platform: Schema<Platform> = object<Platform>({
  ns_id: identifier,
  name: identifier,
  active: flag,
  discovery: object<Platform['discovery']>({ interval: count }),
  url: object<Platform['url']>({
    base_url: text,
    tls_ca_bundle: nullable(text),
    tls_insecure_skip_verify: flag,
    token: nullable(secretRef),
  }),
});

type ObjectMatcher = Extract<Matcher, { readonly op: unknown }>;
const matcher: Schema<Matcher> = named(
  'Matcher',
  anyOf(
    attributeValue,
    list(attributeValue),
    object<ObjectMatcher>({
      op: oneOf('Eq', 'Ne', 'In', 'NotIn', 'Set', 'Unset'),
      value: optional(attributeValue),
      values: optional(list(attributeValue)),
    }),
  ),
);
const nodeSearch: Schema<NodeSearch> = named(
  'NodeSearch',
  object<NodeSearch>({ matches: mapOf(matcher), max_results: nullable(count), sort_by: list(text) }),
);

const nodeGroup = object<NodeGroup>({
  desired_count: count,
  node_class: text,
  store_version: nullable(text),
  attributes: mapOf(anyJson),
});

type Declaration = ClusterSpec['declaration'];
const declaration = object<Declaration>({
  active: flag,
  approval: oneOf('granted', 'required'),
  definition: nullable(
    object<NonNullable<Declaration['definition']>>({
      cluster_id: identifier,
      store: text,
      store_version: text,
      attributes: mapOf(anyJson),
      nodes: mapOf(nodeGroup),
    }),
  ),
  graces: object<Declaration['graces']>({ expand: count, init: count, scale_up: count }),
  timings_seconds: object<Declaration['timings_seconds']>({
    expand: nullable(count),
    init: nullable(count),
    scale_up: nullable(count),
    stable_after: nullable(count),
  }),
  initialise: object<Declaration['initialise']>({
    mode: oneOf('Auto', 'SingleNode'),
    action_args: anyJson,
    search: nullable(nodeSearch),
  }),
  expand: object<Declaration['expand']>({
    mode: oneOf('Auto', 'Add', 'Join'),
    target_member: nullable(nodeSearch),
  }),
});

export const clusterSpec: Schema<ClusterSpec> = object<ClusterSpec>({
  ns_id: identifier,
  cluster_id: identifier,
  active: flag,
  interval: count,
  platform: nullable(platformRef),
  declaration,
});
