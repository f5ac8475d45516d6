import type { Json } from '@replicante/kernel';

/** One node that exists on a platform, running or not (§6). */
export interface DiscoveredNode {
  /** Scheme included. */
  readonly agent_address: string;
  readonly node_class: string;
  readonly node_id: string;
  readonly node_group: string | null;
}

export interface DiscoveredCluster {
  readonly cluster_id: string;
  /** In the platform's order. */
  readonly nodes: readonly DiscoveredNode[];
}

/** `GET discover`. */
export interface DiscoverAnswer {
  readonly clusters: readonly DiscoveredCluster[];
}

/** The desired shape of one group; `null` and absent mean the cluster's. */
export interface ProvisionGroup {
  readonly desired_count: number;
  readonly node_class: string;
  readonly store_version: string | null;
  readonly attributes: Readonly<Record<string, Json>>;
}

/** ClusterDefinition (§2.3), shared with Core. */
export interface ProvisionCluster {
  readonly cluster_id: string;
  readonly store: string;
  readonly store_version: string;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly nodes: Readonly<Record<string, ProvisionGroup>>;
}

/** `POST provision`. `count` is a preference and a maximum. */
export interface ProvisionRequest {
  readonly cluster: ProvisionCluster;
  readonly provision: { readonly count: number; readonly node_group_id: string };
}

export interface ProvisionAnswer {
  /** How many nodes were really started. */
  readonly count: number;
  /** Null when not known yet. */
  readonly node_ids: readonly string[] | null;
}

/** `POST deprovision`. */
export interface DeprovisionRequest {
  readonly cluster_id: string;
  readonly node_id: string;
}

/** Error body (§4.3); platforms may add fields, such as `defined_node_groups`. */
export interface PlatformErrorDocument {
  readonly error: true;
  readonly error_msg: string;
  readonly error_cause?: string;
  readonly error_trail?: readonly string[];
}
