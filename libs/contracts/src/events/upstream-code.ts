import type { DataOf, PublishedEventType } from './published-event.js';

type CodeOf<T extends PublishedEventType> = string | null | ((data: DataOf<T>) => string | null);

const FINISHED: Readonly<Record<string, string>> = {
  DONE: 'OACTION_SUCCESS',
  FAILED: 'OACTION_FAIL',
  CANCELLED: 'OACTION_CANCEL',
};

/** Code that upstream gives the same change (domain-reference §11.2); null where it says nothing of it. */
const CODES: { readonly [T in PublishedEventType]: CodeOf<T> } = {
  'namespace.NamespaceApplied.v1': 'NAMESPACE_APPLY',
  'namespace.NamespaceDeletionRequested.v1': 'NAMESPACE_DELETE_REQUESTED',

  'platform.PlatformApplied.v1': 'PLATFORM_APPLY',
  'platform.PlatformDeleted.v1': 'PLATFORM_DELETED',
  'platform.DiscoveryRequested.v1': null,
  'platform.LeaseTaken.v1': null,
  'platform.PlatformViewChanged.v1': null,
  'platform.PlatformAnswerSuspected.v1': null,
  'platform.SuspectAnswerAccepted.v1': null,
  'platform.PlatformAnswerCleared.v1': null,
  'platform.PlatformUnavailable.v1': null,
  'platform.PlatformRecovered.v1': null,

  'cluster.ClusterSpecApplied.v1': ({ synthetic }) =>
    synthetic ? 'CLUSTER_DISCOVERY_SYNTHETIC' : 'CLUSTER_SPEC_APPLY',
  'cluster.ClusterSpecDeleted.v1': 'CLUSTER_SPEC_DELETED',
  'cluster.CycleRequested.v1': null,
  'cluster.LeaseTaken.v1': null,
  'cluster.DiscoveryRecorded.v1': ({ before }) =>
    before === null ? 'CLUSTER_DISCOVERY_NEW' : 'CLUSTER_DISCOVERY_UPDATE',
  'cluster.NodeAbsenceCounted.v1': null,
  'cluster.NodeReappeared.v1': null,
  'cluster.NodeRemoved.v1': 'NODE_DELETE',
  'cluster.NodeChanged.v1': ({ before_status }) =>
    before_status === null ? 'NODE_SYNC_NEW' : 'NODE_SYNC_UPDATE',
  'cluster.NodeFlapping.v1': 'NODE_SYNC_UPDATE',
  // These two do not say whether there was a record before: upstream's consumers upsert on both codes alike.
  'cluster.StoreExtrasChanged.v1': 'STORE_EXTRAS_SYNC_UPDATE',
  'cluster.NodeShardsChanged.v1': 'SHARD_SYNC_UPDATE',
  'cluster.StoreIdentityRecorded.v1': null,
  'cluster.AttributeDemoted.v1': null,

  'cluster.NodeActionCreated.v1': 'NACTION_CREATE',
  'cluster.NodeActionApproved.v1': 'NACTION_APPROVE',
  'cluster.NodeActionRejected.v1': 'NACTION_REJECT',
  'cluster.NodeActionCancelled.v1': 'NACTION_CANCEL',
  'cluster.NodeActionDispatched.v1': null,
  'cluster.NodeActionScheduleFailed.v1': null,
  'cluster.NodeActionSynced.v1': ({ imported }) => (imported ? 'NACTION_SYNC_NEW' : 'NACTION_SYNC_UPDATE'),
  'cluster.OrchestratorActionCreated.v1': 'OACTION_CREATE',
  'cluster.OrchestratorActionApproved.v1': 'OACTION_APPROVE',
  'cluster.OrchestratorActionRejected.v1': 'OACTION_REJECT',
  'cluster.OrchestratorActionCancelled.v1': 'OACTION_CANCEL',
  'cluster.OrchestratorActionProgressed.v1': 'OACTION_UPDATE',
  'cluster.OrchestratorActionFinished.v1': ({ action }) => FINISHED[action.state] ?? 'OACTION_UPDATE',
  'cluster.ProvisionIntended.v1': null,
  'cluster.ProvisionSettled.v1': null,

  'cluster.DecisionMade.v1': null,
  'cluster.DecisionFlapping.v1': null,
  'cluster.RetryRequested.v1': null,
  'cluster.ReinitialisationAllowed.v1': null,
  'cluster.OrchestrateReportRecorded.v1': 'ORCHESTRATE_REPORT',
  'cluster.ConvergenceChanged.v1': null,
};

export const PUBLISHED_EVENT_TYPES = Object.keys(CODES) as readonly PublishedEventType[];

const isPublished = (type: string): type is PublishedEventType => Object.hasOwn(CODES, type);

/**
 * Upstream's code of a stored event; null for what upstream has no word for, and for types this release does not know.
 * `data` is what was stored under that type: its shape is the type's promise.
 */
export function upstreamCode(event: { readonly type: string; readonly data: unknown }): string | null {
  if (!isPublished(event.type)) return null;
  const code = CODES[event.type] as CodeOf<PublishedEventType>;
  return typeof code === 'function' ? code(event.data as never) : code;
}
