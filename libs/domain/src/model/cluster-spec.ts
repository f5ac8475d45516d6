import type { Json } from '@replicante/kernel';
import type { NodeSearch } from './node-search.js';
import type { PlatformRef } from './platform.js';

export type ApprovalMode = 'granted' | 'required';

/** A node group of a definition. */
export interface NodeGroup {
  readonly desired_count: number;
  readonly node_class: string;
  /** `null`: the cluster's. */
  readonly store_version: string | null;
  /** Merged over the cluster's attributes key by key; the group wins. */
  readonly attributes: Readonly<Record<string, Json>>;
}

/** The desired shape of a cluster, also sent to platforms (domain-reference §2.3, §6). */
export interface ClusterDefinition {
  readonly cluster_id: string;
  readonly store: string;
  readonly store_version: string;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly nodes: Readonly<Record<string, NodeGroup>>;
}

export interface ClusterDeclaration {
  /** `false`: no convergence, everything else runs. */
  readonly active: boolean;
  /** Approval of the actions that convergence creates. */
  readonly approval: ApprovalMode;
  readonly definition: ClusterDefinition | null;
  /** Minutes, as upstream's clients decode it; 0 is no grace. */
  readonly graces: { readonly expand: number; readonly init: number; readonly scale_up: number };
  /** Seconds; each that is set overrides the grace in minutes, or the default of `stable_after`. */
  readonly timings_seconds: {
    readonly expand: number | null;
    readonly init: number | null;
    readonly scale_up: number | null;
    readonly stable_after: number | null;
  };
  readonly initialise: {
    readonly mode: 'Auto' | 'SingleNode';
    readonly action_args: Json;
    readonly search: NodeSearch | null;
  };
  readonly expand: { readonly mode: 'Auto' | 'Add' | 'Join'; readonly target_member: NodeSearch | null };
}

/** domain-reference §2.3. */
export interface ClusterSpec {
  readonly ns_id: string;
  readonly cluster_id: string;
  /** `false`: no cycles. */
  readonly active: boolean;
  /** Seconds between cycles. */
  readonly interval: number;
  readonly platform: PlatformRef | null;
  readonly declaration: ClusterDeclaration;
}
