import type {
  Attributes,
  AttributeValue,
  ClusterDiscovery,
  DecisionRecord,
  DiscoveredNode,
  ErrorDocument,
  Measure,
  Node,
  NodeAction,
  NodeDetails,
  NodeStatus,
  OrchestrateReport,
  OrchestratorAction,
  PlatformRef,
  SecretRef,
  Shard,
  ShardRole,
  StoreExtras,
  Unit,
} from '@replicante/domain';
import type { LeaseClaim } from '@replicante/kernel';
import type { Schema } from './typed-schema.js';
import {
  anyJson,
  anyOf,
  count,
  flag,
  identifier,
  integer,
  list,
  mapOf,
  named,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  timestamp,
  uuid,
  written,
} from './typed-schema.js';

export const secretRef: Schema<SecretRef> = named(
  'SecretRef',
  anyOf(
    object<{ readonly fromFile: string }>({ fromFile: text }),
    object<{ readonly fromEnv: string }>({ fromEnv: text }),
  ),
);

export const platformRef: Schema<PlatformRef> = named(
  'PlatformRef',
  object<PlatformRef>({ ns_id: nullable(identifier), name: identifier }),
);

export const leaseClaim: Schema<LeaseClaim> = named(
  'LeaseClaim',
  object<LeaseClaim>({ work: text, epoch: count, token: count, holder: text }),
);

export const attributeValue: Schema<AttributeValue> = written({
  type: ['string', 'number', 'boolean', 'null'],
});
export const attributes: Schema<Attributes> = mapOf(attributeValue);

export const errorDocument: Schema<ErrorDocument> = named(
  'Error',
  object<ErrorDocument>({
    error_msg: text,
    error_cause: optional(text),
    error_trail: optional(list(text)),
  }),
);

const unit: Schema<Unit> = anyOf(
  oneOf('seconds', 'milliseconds'),
  object<{ readonly unit: string }>({ unit: text }),
);
export const measure: Schema<Measure> = named('Measure', object<Measure>({ unit, value: number }));

export const nodeStatus: Schema<NodeStatus> = named(
  'NodeStatus',
  anyOf(
    oneOf(
      'UNREACHABLE',
      'INCOMPLETE',
      'UNAVAILABLE',
      'NOT_IN_CLUSTER',
      'JOINING_CLUSTER',
      'LEAVING_CLUSTER',
      'UNHEALTHY',
      'HEALTHY',
    ),
    object<{ readonly UNKNOWN: string }>({ UNKNOWN: text }),
  ),
);

const nodeDetails = object<NodeDetails>({
  address: written({
    type: 'object',
    properties: { client: { type: ['string', 'null'] }, member: { type: ['string', 'null'] } },
    required: ['client', 'member'],
    additionalProperties: { type: ['string', 'null'] },
  }),
  agent_version: object<NodeDetails['agent_version']>({ checkout: text, number: text, taint: text }),
  attributes,
  store_id: text,
  store_version: object<NodeDetails['store_version']>({
    checkout: nullable(text),
    number: text,
    extra: nullable(text),
  }),
});
export const node: Schema<Node> = named(
  'Node',
  object<Node>({
    ns_id: identifier,
    cluster_id: identifier,
    node_id: text,
    details: nullable(nodeDetails),
    node_status: nodeStatus,
  }),
);

export const discoveredNode: Schema<DiscoveredNode> = named(
  'DiscoveredNode',
  object<DiscoveredNode>({
    agent_address: text,
    node_class: text,
    node_id: text,
    node_group: nullable(text),
  }),
);
export const clusterDiscovery: Schema<ClusterDiscovery> = named(
  'ClusterDiscovery',
  object<ClusterDiscovery>({ ns_id: identifier, cluster_id: identifier, nodes: list(discoveredNode) }),
);

export const storeExtras: Schema<StoreExtras> = object<StoreExtras>({
  ns_id: identifier,
  cluster_id: identifier,
  node_id: text,
  attributes,
  fresh: flag,
});

const shardRole: Schema<ShardRole> = anyOf(
  oneOf('Primary', 'Secondary', 'Recovering'),
  object<{ readonly Other: string }>({ Other: text }),
);
export const shard: Schema<Shard> = named(
  'Shard',
  object<Shard>({
    ns_id: identifier,
    cluster_id: identifier,
    node_id: text,
    shard_id: text,
    commit_offset: nullable(measure),
    fresh: flag,
    lag: nullable(measure),
    role: shardRole,
  }),
);

export const nodeAction: Schema<NodeAction> = named(
  'NodeAction',
  object<NodeAction>({
    ns_id: identifier,
    cluster_id: identifier,
    node_id: text,
    action_id: uuid,
    args: anyJson,
    created_time: timestamp,
    finished_time: nullable(timestamp),
    kind: text,
    metadata: mapOf(text),
    scheduled_time: nullable(timestamp),
    state: object<NodeAction['state']>({
      phase: oneOf(
        'PENDING_APPROVE',
        'PENDING_SCHEDULE',
        'NEW',
        'RUNNING',
        'DONE',
        'FAILED',
        'CANCELLED',
        'LOST',
      ),
      error: anyJson,
      payload: anyJson,
    }),
  }),
);

export const orchestratorAction: Schema<OrchestratorAction> = named(
  'OrchestratorAction',
  object<OrchestratorAction>({
    ns_id: identifier,
    cluster_id: identifier,
    action_id: uuid,
    args: anyJson,
    created_ts: timestamp,
    finished_ts: nullable(timestamp),
    kind: text,
    metadata: mapOf(text),
    scheduled_ts: nullable(timestamp),
    state: oneOf('PENDING_APPROVE', 'PENDING_SCHEDULE', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'),
    state_payload: anyJson,
    state_payload_error: anyJson,
    timeout: nullable(
      object<{ readonly secs: number; readonly nanos: number }>({ secs: count, nanos: count }),
    ),
  }),
);

export const mode = oneOf('sync', 'observe', 'delete');

export const orchestrateReport: Schema<OrchestrateReport> = object<OrchestrateReport>({
  ns_id: identifier,
  cluster_id: identifier,
  mode,
  notes: list(
    object<OrchestrateReport['notes'][number]>({
      category: oneOf('Decision', 'Error'),
      data: mapOf(anyJson),
      message: text,
    }),
  ),
  start_time: timestamp,
});

export const decisionRecord: Schema<DecisionRecord> = object<DecisionRecord>({
  ns_id: identifier,
  cluster_id: identifier,
  rule: text,
  rule_version: integer,
  subject: text,
  outcome: oneOf('act', 'hold', 'suppress', 'reject'),
  reason: text,
  message: text,
  settled: flag,
  spec_revision: integer,
  waits_on: list(text),
  facts: list(
    object<DecisionRecord['facts'][number]>({
      name: text,
      value: anyJson,
      observer: text,
      age_ms: nullable(number),
    }),
  ),
  alternatives: list(object<DecisionRecord['alternatives'][number]>({ option: text, reason: text })),
  caused: list(uuid),
  context_revisions: object<DecisionRecord['context_revisions']>({
    namespace: integer,
    platform: nullable(integer),
  }),
  cycle_id: nullable(text),
});
