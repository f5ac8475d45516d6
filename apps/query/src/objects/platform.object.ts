import type { DiscoveredNode, ErrorDocument } from '@replicante/domain';
import type { PlatformView } from '@replicante/read-models';
import { madeOf } from './object-type.js';

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

const { column, made, objectType } = madeOf<PlatformView>();

export const PLATFORM = objectType({
  nsId: column('ns_id'),
  name: column('name'),
  active: column('active'),
  deleted: made(['document', 'spec_version'], row => row.document === null && row.spec_version >= 0),
  interval: column('interval_seconds'),
  document: column('document'),
  revision: column('revision'),
  updatedAt: column('updated_at'),
  view: made(['view', 'view_changed_at'], row => {
    const view = row.view as StoredView | null;
    return {
      clusters: (view?.clusters ?? []).map(c => ({
        clusterId: c.cluster_id,
        nodes: c.nodes.map(discoveredNodeObject),
      })),
      rejectedClusterIds: view?.rejected_cluster_ids ?? [],
      idempotencyKeys: view?.idempotency_keys ?? false,
      changedAt: row.view_changed_at,
    };
  }),
  suspect: made(['suspect', 'suspect_since', 'suspect_version', 'accepted_version'], row => {
    const suspect = row.suspect as StoredSuspicion | null;
    return (
      suspect && {
        shownBefore: suspect.shown_before,
        missing: suspect.missing.map(m => ({ clusterId: m.cluster_id, nodeId: m.node_id })),
        since: row.suspect_since,
        accepted: row.accepted_version > row.suspect_version,
      }
    );
  }),
  failing: made(['failing', 'failing_since'], row => {
    const failing = row.failing as { readonly kind: string; readonly error: ErrorDocument } | null;
    return failing && { kind: failing.kind, error: failing.error, since: row.failing_since };
  }),
});
