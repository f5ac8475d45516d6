import type { Attributes } from './attribute.js';

/** Wire values (domain-reference §2.6). `UNREACHABLE` and `INCOMPLETE` are Core's; the rest is what the agent said. */
export type NodeStatus =
  | 'UNREACHABLE'
  | 'INCOMPLETE'
  | 'UNAVAILABLE'
  | 'NOT_IN_CLUSTER'
  | 'JOINING_CLUSTER'
  | 'LEAVING_CLUSTER'
  | 'UNHEALTHY'
  | 'HEALTHY'
  | { readonly UNKNOWN: string };

export interface NodeAddress {
  readonly client: string | null;
  readonly member: string | null;
  readonly [other: string]: string | null;
}

export interface AgentVersion {
  readonly checkout: string;
  readonly number: string;
  readonly taint: string;
}

export interface StoreVersion {
  readonly checkout: string | null;
  readonly number: string;
  readonly extra: string | null;
}

export interface NodeDetails {
  readonly address: NodeAddress;
  readonly agent_version: AgentVersion;
  readonly attributes: Attributes;
  readonly store_id: string;
  readonly store_version: StoreVersion;
}

export interface Node {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly node_id: string;
  /** `null` when the agent could not be reached. */
  readonly details: NodeDetails | null;
  readonly node_status: NodeStatus;
}

/** One node of a platform's answer (domain-reference §2.4). */
export interface DiscoveredNode {
  readonly agent_address: string;
  readonly node_class: string;
  readonly node_id: string;
  readonly node_group: string | null;
}

export interface ClusterDiscovery {
  readonly ns_id: string;
  readonly cluster_id: string;
  /** The platform's order. */
  readonly nodes: readonly DiscoveredNode[];
}

/** domain-reference §2.8. */
export interface StoreExtras {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly node_id: string;
  readonly attributes: Attributes;
  readonly fresh: boolean;
}
