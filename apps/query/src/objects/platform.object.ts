import type { DiscoveredNode, ErrorDocument } from '@replicante/domain';
import type { PlatformView } from '@replicante/read-models';

interface StoredView {
  readonly clusters: readonly { readonly cluster_id: string; readonly nodes: readonly DiscoveredNode[] }[];
  readonly rejected_cluster_ids: readonly string[];
  readonly idempotency_keys: boolean;
}
interface StoredSuspicion {
  readonly shown_before: number;
  readonly missing: readonly { readonly cluster_id: string; readonly node_id: string }[];
}

export const discoveredNodeObject = (node: DiscoveredNode) => ({
  nodeId: node.node_id,
  nodeClass: node.node_class,
  nodeGroup: node.node_group,
  agentAddress: node.agent_address,
});

export function platformObject(row: PlatformView) {
  const view = row.view as StoredView | null;
  const suspect = row.suspect as StoredSuspicion | null;
  const failing = row.failing as { readonly kind: string; readonly error: ErrorDocument } | null;
  return {
    nsId: row.ns_id,
    name: row.name,
    active: row.active,
    deleted: row.document === null && row.spec_version >= 0,
    interval: row.interval_seconds,
    document: row.document,
    revision: row.revision,
    updatedAt: row.updated_at,
    view: {
      clusters: (view?.clusters ?? []).map(c => ({
        clusterId: c.cluster_id,
        nodes: c.nodes.map(discoveredNodeObject),
      })),
      rejectedClusterIds: view?.rejected_cluster_ids ?? [],
      idempotencyKeys: view?.idempotency_keys ?? false,
      changedAt: row.view_changed_at,
    },
    suspect: suspect && {
      shownBefore: suspect.shown_before,
      missing: suspect.missing.map(m => ({ clusterId: m.cluster_id, nodeId: m.node_id })),
      since: row.suspect_since,
      accepted: row.accepted_version > row.suspect_version,
    },
    failing: failing && { kind: failing.kind, error: failing.error, since: row.failing_since },
  };
}
export type PlatformObject = ReturnType<typeof platformObject>;
