import type { ClusterEvent } from '@replicante/domain';
import { clusterSpec } from './declared.schema.js';
import {
  clusterDiscovery,
  decisionRecord,
  errorDocument,
  leaseClaim,
  node,
  nodeAction,
  nodeStatus,
  orchestrateReport,
  orchestratorAction,
  platformRef,
  shard,
  storeExtras,
} from './model.schema.js';
import type { DataOf } from './published-event.js';
import type { FieldsOf, Schema } from './typed-schema.js';
import {
  count,
  flag,
  identifier,
  integer,
  list,
  nullable,
  object,
  oneOf,
  text,
  timestamp,
  uuid,
} from './typed-schema.js';

type ClusterEventType = ClusterEvent['type'];
const inCluster = { ns_id: identifier, cluster_id: identifier };

/** The data of an event; the fields are held against the event's type. */
const of = <T extends ClusterEventType>(fields: FieldsOf<DataOf<T>>): Schema<DataOf<T>> =>
  object<DataOf<T>>(fields);

export const clusterEventSchemas: { readonly [T in ClusterEventType]: Schema<DataOf<T>> } = {
  'cluster.ClusterSpecApplied.v1': of<'cluster.ClusterSpecApplied.v1'>({
    spec: clusterSpec,
    synthetic: flag,
  }),
  'cluster.ClusterSpecDeleted.v1': of<'cluster.ClusterSpecDeleted.v1'>(inCluster),
  'cluster.CycleRequested.v1': of<'cluster.CycleRequested.v1'>(inCluster),
  'cluster.LeaseTaken.v1': of<'cluster.LeaseTaken.v1'>({ ...inCluster, lease: leaseClaim }),
  'cluster.DiscoveryRecorded.v1': of<'cluster.DiscoveryRecorded.v1'>({
    discovery: clusterDiscovery,
    before: nullable(clusterDiscovery),
    platform: platformRef,
  }),
  'cluster.NodeAbsenceCounted.v1': of<'cluster.NodeAbsenceCounted.v1'>({
    ...inCluster,
    node_id: text,
    absences: count,
    since: timestamp,
  }),
  'cluster.NodeReappeared.v1': of<'cluster.NodeReappeared.v1'>({ ...inCluster, node_id: text }),
  'cluster.NodeRemoved.v1': of<'cluster.NodeRemoved.v1'>({ node }),
  'cluster.NodeChanged.v1': of<'cluster.NodeChanged.v1'>({
    node,
    before_status: nullable(nodeStatus),
    quarantine: nullable(text),
    error: nullable(errorDocument),
    observer: text,
  }),
  'cluster.NodeFlapping.v1': of<'cluster.NodeFlapping.v1'>({
    node,
    before_status: nodeStatus,
    quarantine: nullable(text),
    facts: list(text),
    changes: count,
    error: errorDocument,
    observer: text,
  }),
  'cluster.StoreExtrasChanged.v1': of<'cluster.StoreExtrasChanged.v1'>({ extras: storeExtras }),
  'cluster.NodeShardsChanged.v1': of<'cluster.NodeShardsChanged.v1'>({
    ...inCluster,
    node_id: text,
    shards: list(shard),
  }),
  'cluster.StoreIdentityRecorded.v1': of<'cluster.StoreIdentityRecorded.v1'>({
    ...inCluster,
    node_id: text,
    store_cluster_id: text,
    store_identity: nullable(text),
  }),
  'cluster.AttributeDemoted.v1': of<'cluster.AttributeDemoted.v1'>({
    ...inCluster,
    node_id: text,
    attribute: text,
  }),
  'cluster.NodeActionCreated.v1': of<'cluster.NodeActionCreated.v1'>({ action: nodeAction }),
  'cluster.NodeActionApproved.v1': of<'cluster.NodeActionApproved.v1'>({ action: nodeAction }),
  'cluster.NodeActionRejected.v1': of<'cluster.NodeActionRejected.v1'>({ action: nodeAction }),
  'cluster.NodeActionCancelled.v1': of<'cluster.NodeActionCancelled.v1'>({
    action: nodeAction,
    reason: oneOf('user', 'node_removed'),
  }),
  'cluster.NodeActionDispatched.v1': of<'cluster.NodeActionDispatched.v1'>({
    ...inCluster,
    node_id: text,
    action_id: uuid,
    kind: text,
    attempt_id: text,
    attempt: count,
    not_after: timestamp,
  }),
  'cluster.NodeActionScheduleFailed.v1': of<'cluster.NodeActionScheduleFailed.v1'>({
    action: nodeAction,
    attempt_id: text,
    late: flag,
  }),
  'cluster.NodeActionSynced.v1': of<'cluster.NodeActionSynced.v1'>({ action: nodeAction, imported: flag }),
  'cluster.OrchestratorActionCreated.v1': of<'cluster.OrchestratorActionCreated.v1'>({
    action: orchestratorAction,
  }),
  'cluster.OrchestratorActionApproved.v1': of<'cluster.OrchestratorActionApproved.v1'>({
    action: orchestratorAction,
  }),
  'cluster.OrchestratorActionRejected.v1': of<'cluster.OrchestratorActionRejected.v1'>({
    action: orchestratorAction,
  }),
  'cluster.OrchestratorActionCancelled.v1': of<'cluster.OrchestratorActionCancelled.v1'>({
    action: orchestratorAction,
  }),
  'cluster.OrchestratorActionProgressed.v1': of<'cluster.OrchestratorActionProgressed.v1'>({
    action: orchestratorAction,
  }),
  'cluster.OrchestratorActionFinished.v1': of<'cluster.OrchestratorActionFinished.v1'>({
    action: orchestratorAction,
  }),
  'cluster.ProvisionIntended.v1': of<'cluster.ProvisionIntended.v1'>({
    ...inCluster,
    action_id: uuid,
    attempt_id: text,
    node_group_id: text,
    count,
    platform: platformRef,
    not_after: timestamp,
  }),
  'cluster.ProvisionSettled.v1': of<'cluster.ProvisionSettled.v1'>({
    ...inCluster,
    action_id: uuid,
    attempt_id: text,
    outcome: oneOf('accepted', 'refused', 'unknown', 'shown', 'not_shown', 'settled_by_operator'),
    count: nullable(count),
    node_ids: nullable(list(text)),
    error: nullable(errorDocument),
    late: flag,
  }),
  'cluster.DecisionMade.v1': of<'cluster.DecisionMade.v1'>({ decision: decisionRecord }),
  'cluster.DecisionFlapping.v1': of<'cluster.DecisionFlapping.v1'>({
    ...inCluster,
    rule: text,
    subject: text,
    reasons: list(text),
    changes: count,
  }),
  'cluster.RetryRequested.v1': of<'cluster.RetryRequested.v1'>({ ...inCluster, rule: text, subject: text }),
  'cluster.ReinitialisationAllowed.v1': of<'cluster.ReinitialisationAllowed.v1'>(inCluster),
  'cluster.OrchestrateReportRecorded.v1': of<'cluster.OrchestrateReportRecorded.v1'>({
    report: orchestrateReport,
  }),
  'cluster.ConvergenceChanged.v1': of<'cluster.ConvergenceChanged.v1'>({
    ...inCluster,
    converged: flag,
    spec_revision: integer,
    healthy: count,
    nodes: count,
    primaries: count,
    secondaries: count,
    waits_for: list(text),
  }),
};
