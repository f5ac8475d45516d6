import type { DomainEvent, LeaseClaim } from '@replicante/kernel';
import type { NodeAction, OrchestratorAction } from '../model/action.js';
import type { ClusterSpec } from '../model/cluster-spec.js';
import type { DecisionRecord } from '../model/decision.js';
import type { ClusterDiscovery, Node, NodeStatus, StoreExtras } from '../model/node.js';
import type { PlatformRef } from '../model/platform.js';
import type { ErrorDocument, OrchestrateReport } from '../model/report.js';
import type { Shard } from '../model/shard.js';

/*
 * Every event carries its subject whole, as it is after the change: a projection needs no other row to write one.
 * `ns_id` and `cluster_id` stand in each object.
 */
interface InCluster {
  readonly ns_id: string;
  readonly cluster_id: string;
}

/** `synthetic`: made by discovery for a cluster that nobody declared. */
export type ClusterSpecApplied = DomainEvent<
  'cluster.ClusterSpecApplied.v1',
  { readonly spec: ClusterSpec; readonly synthetic: boolean }
>;
/** Leaves a mark: discovery shows the cluster as unmanaged and makes no synthetic spec of it (safety.md §4). */
export type ClusterSpecDeleted = DomainEvent<'cluster.ClusterSpecDeleted.v1', InCluster>;
/** Somebody asked for a cycle now; the scheduler hears it on the bus. */
export type CycleRequested = DomainEvent<'cluster.CycleRequested.v1', InCluster>;
/** The first BeginCycle or discovery under a new (epoch, token, holder) of one `work` (safety.md §1). */
export type LeaseTaken = DomainEvent<'cluster.LeaseTaken.v1', InCluster & { readonly lease: LeaseClaim }>;

export type DiscoveryRecorded = DomainEvent<
  'cluster.DiscoveryRecorded.v1',
  {
    readonly discovery: ClusterDiscovery;
    readonly before: ClusterDiscovery | null;
    readonly platform: PlatformRef;
  }
>;
/** A known node is not in the platform's answer: `MISSING_FROM_PLATFORM`. Counted up to 3, then no more. */
export type NodeAbsenceCounted = DomainEvent<
  'cluster.NodeAbsenceCounted.v1',
  InCluster & { readonly node_id: string; readonly absences: number; readonly since: string }
>;
export type NodeReappeared = DomainEvent<
  'cluster.NodeReappeared.v1',
  InCluster & { readonly node_id: string }
>;
/** Gone after 3 discoveries over ≥ 3 intervals and a silent agent; its open actions are cancelled beside. */
export type NodeRemoved = DomainEvent<'cluster.NodeRemoved.v1', { readonly node: Node }>;

export type NodeChanged = DomainEvent<
  'cluster.NodeChanged.v1',
  {
    readonly node: Node;
    readonly before_status: NodeStatus | null;
    /** Why the node is never a target and never counted: another identity than the record (safety.md §5). */
    readonly quarantine: string | null;
    /** Why the agent's answer was not had; `null` when it was. */
    readonly error: ErrorDocument | null;
    readonly observer: string;
  }
>;
/**
 * The node's facts changed more than 5 times in 10 cycles: said once, instead of a stream of changes (safety.md §12). It
 * is neither a target nor counted until a NodeChanged says what it came to rest as; how it is meanwhile, the sample tells.
 */
export type NodeFlapping = DomainEvent<
  'cluster.NodeFlapping.v1',
  {
    /** Details as last known; its status is `UNKNOWN` with the word `FLAPPING`. */
    readonly node: Node;
    readonly before_status: NodeStatus;
    readonly quarantine: string | null;
    /** What changed last: `status`, `identity`, `details`, `store`, `shards`, `answers`. */
    readonly facts: readonly string[];
    readonly changes: number;
    readonly error: ErrorDocument;
    readonly observer: string;
  }
>;
export type StoreExtrasChanged = DomainEvent<
  'cluster.StoreExtrasChanged.v1',
  { readonly extras: StoreExtras }
>;
/** All shards of one node (safety.md §10): what is not listed is gone. Offsets and lag are those of this moment. */
export type NodeShardsChanged = DomainEvent<
  'cluster.NodeShardsChanged.v1',
  InCluster & { readonly node_id: string; readonly shards: readonly Shard[] }
>;
/** Identity of the data, at the first HEALTHY member: later members must match. */
export type StoreIdentityRecorded = DomainEvent<
  'cluster.StoreIdentityRecorded.v1',
  InCluster & {
    readonly node_id: string;
    readonly store_cluster_id: string;
    /** `null` when the agent reports none. */
    readonly store_identity: string | null;
  }
>;
/** Changed in more than 5 of 10 cycles: from now on a sample, not a fact (safety.md §12). Said once. */
export type AttributeDemoted = DomainEvent<
  'cluster.AttributeDemoted.v1',
  InCluster & { readonly node_id: string; readonly attribute: string }
>;

export type NodeActionCreated = DomainEvent<'cluster.NodeActionCreated.v1', { readonly action: NodeAction }>;
export type NodeActionApproved = DomainEvent<
  'cluster.NodeActionApproved.v1',
  { readonly action: NodeAction }
>;
export type NodeActionRejected = DomainEvent<
  'cluster.NodeActionRejected.v1',
  { readonly action: NodeAction }
>;
export type NodeActionCancelled = DomainEvent<
  'cluster.NodeActionCancelled.v1',
  { readonly action: NodeAction; readonly reason: 'user' | 'node_removed' }
>;
/** Intent, before the request to the agent may leave. One per attempt. */
export type NodeActionDispatched = DomainEvent<
  'cluster.NodeActionDispatched.v1',
  InCluster & {
    readonly node_id: string;
    readonly action_id: string;
    readonly kind: string;
    readonly attempt_id: string;
    /** 1 for the first. */
    readonly attempt: number;
    /** RFC 3339 by command's clock: no effect begins after it. */
    readonly not_after: string;
  }
>;
/** The agent refused, or could not be reached; FAILED when the attempts are exhausted (domain-reference §7.4). */
export type NodeActionScheduleFailed = DomainEvent<
  'cluster.NodeActionScheduleFailed.v1',
  { readonly action: NodeAction; readonly attempt_id: string; readonly late: boolean }
>;
/** The agent's copy, which wins; or LOST, confirmed by the agent's 404. `imported`: Core did not have it as unfinished. */
export type NodeActionSynced = DomainEvent<
  'cluster.NodeActionSynced.v1',
  { readonly action: NodeAction; readonly imported: boolean }
>;

export type OrchestratorActionCreated = DomainEvent<
  'cluster.OrchestratorActionCreated.v1',
  { readonly action: OrchestratorAction }
>;
export type OrchestratorActionApproved = DomainEvent<
  'cluster.OrchestratorActionApproved.v1',
  { readonly action: OrchestratorAction }
>;
export type OrchestratorActionRejected = DomainEvent<
  'cluster.OrchestratorActionRejected.v1',
  { readonly action: OrchestratorAction }
>;
export type OrchestratorActionCancelled = DomainEvent<
  'cluster.OrchestratorActionCancelled.v1',
  { readonly action: OrchestratorAction }
>;
/** Started, or its payload or error changed while RUNNING. */
export type OrchestratorActionProgressed = DomainEvent<
  'cluster.OrchestratorActionProgressed.v1',
  { readonly action: OrchestratorAction }
>;
/** DONE, FAILED or CANCELLED by its handler. */
export type OrchestratorActionFinished = DomainEvent<
  'cluster.OrchestratorActionFinished.v1',
  { readonly action: OrchestratorAction }
>;

/** Intent, before the platform may be called: provisioning is not idempotent (safety.md §3). */
export type ProvisionIntended = DomainEvent<
  'cluster.ProvisionIntended.v1',
  InCluster & {
    readonly action_id: string;
    readonly attempt_id: string;
    readonly node_group_id: string;
    readonly count: number;
    readonly platform: PlatformRef;
    readonly not_after: string;
  }
>;
/**
 * What became of an attempt. `unknown`: sent, or perhaps sent, and no answer. `shown` / `not_shown`: a discovery that
 * began after `not_after` and a settle time found its node, or not. `late`: evidence under an older lease.
 */
export type ProvisionSettled = DomainEvent<
  'cluster.ProvisionSettled.v1',
  InCluster & {
    readonly action_id: string;
    readonly attempt_id: string;
    readonly outcome: 'accepted' | 'refused' | 'unknown' | 'shown' | 'not_shown' | 'settled_by_operator';
    readonly count: number | null;
    readonly node_ids: readonly string[] | null;
    readonly error: ErrorDocument | null;
    readonly late: boolean;
  }
>;

export type DecisionMade = DomainEvent<'cluster.DecisionMade.v1', { readonly decision: DecisionRecord }>;
/** Two reasons alternated more than 5 times in 10 minutes: one of these instead of a stream of decisions. */
export type DecisionFlapping = DomainEvent<
  'cluster.DecisionFlapping.v1',
  InCluster & {
    readonly rule: string;
    readonly subject: string;
    readonly reasons: readonly string[];
    readonly changes: number;
  }
>;
/** A person lifted hold REPEATED_FAILURE of (rule, subject). */
export type RetryRequested = DomainEvent<
  'cluster.RetryRequested.v1',
  InCluster & { readonly rule: string; readonly subject: string }
>;
/** `replictl cluster reinitialise --accept-data-loss`: one more init is allowed. */
export type ReinitialisationAllowed = DomainEvent<'cluster.ReinitialisationAllowed.v1', InCluster>;

/** Only when mode, outcome or the notes' keys change (safety.md §12). */
export type OrchestrateReportRecorded = DomainEvent<
  'cluster.OrchestrateReportRecorded.v1',
  { readonly report: OrchestrateReport }
>;
/** Converged at `spec_revision`, or no more; `summary` says what was counted. */
export type ConvergenceChanged = DomainEvent<
  'cluster.ConvergenceChanged.v1',
  InCluster & {
    readonly converged: boolean;
    readonly spec_revision: number;
    readonly healthy: number;
    readonly nodes: number;
    readonly primaries: number;
    readonly secondaries: number;
    /** What is missing, for people; empty when converged. */
    readonly waits_for: readonly string[];
  }
>;

export type ClusterEvent =
  | ClusterSpecApplied
  | ClusterSpecDeleted
  | CycleRequested
  | LeaseTaken
  | DiscoveryRecorded
  | NodeAbsenceCounted
  | NodeReappeared
  | NodeRemoved
  | NodeChanged
  | NodeFlapping
  | StoreExtrasChanged
  | NodeShardsChanged
  | StoreIdentityRecorded
  | AttributeDemoted
  | NodeActionCreated
  | NodeActionApproved
  | NodeActionRejected
  | NodeActionCancelled
  | NodeActionDispatched
  | NodeActionScheduleFailed
  | NodeActionSynced
  | OrchestratorActionCreated
  | OrchestratorActionApproved
  | OrchestratorActionRejected
  | OrchestratorActionCancelled
  | OrchestratorActionProgressed
  | OrchestratorActionFinished
  | ProvisionIntended
  | ProvisionSettled
  | DecisionMade
  | DecisionFlapping
  | RetryRequested
  | ReinitialisationAllowed
  | OrchestrateReportRecorded
  | ConvergenceChanged;
