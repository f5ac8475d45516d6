import type { Command, Json } from '@replicante/kernel';
import type { NodeAction, OrchestratorAction } from '../model/action.js';
import type { ClusterDefinition, ClusterSpec } from '../model/cluster-spec.js';
import type { CycleObservation, ObservedCluster } from '../model/observation.js';
import type { PlatformRef } from '../model/platform.js';
import type { ErrorDocument, OrchestrateMode } from '../model/report.js';
import type { SecretRef } from '../model/secret-ref.js';
import type { CycleSample } from './sample.js';

interface OfCluster {
  readonly ns_id: string;
  readonly cluster_id: string;
}
interface OfAction extends OfCluster {
  /** Node or orchestrator action: ids are unique over both. */
  readonly action_id: string;
}

export type ApplyClusterSpec = Command<'ApplyClusterSpec', { readonly spec: ClusterSpec }>;
export type DeleteClusterSpec = Command<'DeleteClusterSpec', OfCluster>;
/** `action` as the manifest gave it, ids filled in: phase by approval, times by metadata. */
export type CreateNodeAction = Command<
  'CreateNodeAction',
  {
    readonly action: Omit<NodeAction, 'created_time' | 'finished_time' | 'scheduled_time' | 'state'>;
    readonly approval: 'granted' | 'required';
  }
>;
export type CreateOrchestratorAction = Command<
  'CreateOrchestratorAction',
  {
    readonly action: Pick<
      OrchestratorAction,
      'ns_id' | 'cluster_id' | 'action_id' | 'args' | 'kind' | 'metadata' | 'timeout'
    >;
    readonly approval: 'granted' | 'required';
  }
>;
export type ApproveAction = Command<'ApproveAction', OfAction>;
export type RejectAction = Command<'RejectAction', OfAction>;
export type CancelAction = Command<'CancelAction', OfAction>;
export type RequestCycle = Command<'RequestCycle', OfCluster>;
export type AllowReinitialisation = Command<
  'AllowReinitialisation',
  OfCluster & { readonly accept_data_loss: boolean }
>;
export type RetryRule = Command<'RetryRule', OfCluster & { readonly rule: string; readonly subject: string }>;
/** An operator says what became of an unknown provisioning attempt. */
export type SettleProvision = Command<
  'SettleProvision',
  OfCluster & { readonly attempt_id: string; readonly provisioned: boolean }
>;

/** One cluster's part of a discovery that counts. */
export type RecordDiscovery = Command<
  'RecordDiscovery',
  OfCluster & {
    readonly platform: PlatformRef;
    readonly observed: ObservedCluster;
    /** RFC 3339 by command's clock: when the request to the platform was sent. */
    readonly began_at: string;
    readonly interval_seconds: number;
  }
>;
/** Answers a `CyclePlan`. */
export type BeginCycle = Command<'BeginCycle', OfCluster & { readonly cycle_id: string }>;
/** Answers `CycleVerdict`. Never repeated by the worker: a lost answer is given again by the next cycle. */
export type SubmitObservation = Command<
  'SubmitObservation',
  OfCluster & {
    readonly observation: CycleObservation;
    /** How long instructions may be acted on: the lease's remainder less a margin. */
    readonly act_within_ms: number;
  }
>;
/** Evidence, not a request: accepted whatever its lease, never answered with instructions (safety.md §2). */
export type RecordOutcome = Command<
  'RecordOutcome',
  OfCluster & { readonly attempt_id: string; readonly outcome: AttemptOutcome }
>;

export type ClusterCommand =
  | ApplyClusterSpec
  | DeleteClusterSpec
  | CreateNodeAction
  | CreateOrchestratorAction
  | ApproveAction
  | RejectAction
  | CancelAction
  | RequestCycle
  | AllowReinitialisation
  | RetryRule
  | SettleProvision
  | RecordDiscovery
  | BeginCycle
  | SubmitObservation
  | RecordOutcome;

export type AttemptOutcome =
  | { readonly kind: 'node_action'; readonly result: 'accepted' | 'duplicate' }
  | { readonly kind: 'node_action'; readonly result: 'failed' | 'unknown'; readonly error: ErrorDocument }
  | {
      readonly kind: 'provision';
      readonly result: 'accepted';
      readonly count: number;
      readonly node_ids: readonly string[] | null;
    }
  | { readonly kind: 'provision'; readonly result: 'refused' | 'unknown'; readonly error: ErrorDocument }
  /** Its `notAfter` had passed, or the lease had gone, before it was sent: nothing happened. */
  | { readonly kind: 'node_action'; readonly result: 'not_sent' }
  | { readonly kind: 'provision'; readonly result: 'not_sent' };

/** What to poll. */
export interface CyclePlan {
  readonly cycle_id: string;
  readonly mode: OrchestrateMode;
  readonly spec_revision: number;
  readonly interval_seconds: number;
  readonly ca_bundle: string | null;
  readonly agent_token: SecretRef | null;
  readonly nodes: readonly {
    readonly node_id: string;
    readonly agent_address: string;
    /** Unfinished here: ask about each. */
    readonly action_ids: readonly string[];
  }[];
}

interface InstructionBase {
  /** At most one effect per attempt id. */
  readonly attempt_id: string;
  /** Milliseconds from when the answer was sent; no request is written after that. */
  readonly not_after_ms: number;
}
export type Instruction =
  | (InstructionBase & {
      readonly kind: 'send_node_action';
      readonly node_id: string;
      readonly agent_address: string;
      readonly request: {
        readonly id: string;
        readonly kind: string;
        readonly args: Json;
        readonly created_time: string;
        readonly metadata: Readonly<Record<string, string>>;
      };
    })
  | (InstructionBase & {
      readonly kind: 'provision';
      readonly platform: {
        readonly base_url: string;
        readonly tls_ca_bundle: string | null;
        readonly tls_insecure_skip_verify: boolean;
        readonly token: SecretRef | null;
      };
      readonly request: {
        readonly cluster: ClusterDefinition;
        readonly provision: { readonly count: number; readonly node_group_id: string };
      };
    });

export interface CycleVerdict {
  readonly instructions: readonly Instruction[];
  /** Published on the bus by the worker; no decision needs it tomorrow. */
  readonly sample: CycleSample;
}

export type ClusterAnswer =
  | { readonly kind: 'none' }
  | { readonly kind: 'action'; readonly node_id: string | null; readonly action_id: string }
  | { readonly kind: 'cycle_plan'; readonly plan: CyclePlan }
  | { readonly kind: 'cycle_verdict'; readonly verdict: CycleVerdict };
