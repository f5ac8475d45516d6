import type { CycleSample, NodeDetails } from '@replicante/domain';
import type { ActionRow } from '../entities/action.entity.js';
import type { ClusterRow } from '../entities/cluster.entity.js';
import type { DecisionHistoryRow } from '../entities/decision-history.entity.js';
import type { DecisionRow } from '../entities/decision.entity.js';
import type { EventRow } from '../entities/event.entity.js';
import type { NamespaceRow } from '../entities/namespace.entity.js';
import type { NodeRow } from '../entities/node.entity.js';
import type { PlatformRow } from '../entities/platform.entity.js';
import { everyColumn, type KeysetList } from './keyset-list.js';

export type NamespaceView = NamespaceRow;
export type PlatformView = PlatformRow;
export type ActionView = ActionRow;
export type EventView = EventRow;

export type ClusterMark = 'DECLARED' | 'SYNTHETIC' | 'UNMANAGED' | 'DELETED';
export interface ClusterView extends ClusterRow {
  readonly mark: ClusterMark;
  readonly has_spec: boolean;
  /** The latest sample; what it says of each node stands with the node. */
  readonly sample: Omit<CycleSample, 'nodes'> | null;
}

/** A node with its part of the cluster's latest sample. Parts of `details` stand alone: few ask for all of it. */
export interface NodeView extends NodeRow {
  readonly agent_version: string | null;
  readonly store_id: string | null;
  readonly store_version: string | null;
  readonly address: NodeDetails['address'] | null;
  readonly attributes: NodeDetails['attributes'] | null;
  readonly node_sample: CycleSample['nodes'][number] | null;
  readonly sample_observer: string | null;
}

/** A decision with what the latest sample says of its rule's last evaluation. */
export interface DecisionView extends Omit<DecisionRow, 'flapping_version'> {
  readonly latest: boolean;
  readonly sample_revision: number | null;
  readonly sample_mode: string | null;
  readonly sample_spec_revision: number | null;
  readonly sample_completed_at: Date | null;
}
export type DecisionHistoryView = DecisionHistoryRow & Pick<DecisionView, 'latest'>;

export const NAMESPACES: KeysetList = {
  name: 'namespaces',
  select: 't.*',
  from: 'namespaces t',
  order: { ns_id: 'text' },
};

export const PLATFORMS: KeysetList = {
  name: 'platforms',
  select: 't.*',
  from: 'platforms t',
  order: { ns_id: 'text', name: 'text' },
};

export const CLUSTER_MARK = `CASE WHEN t.spec IS NOT NULL THEN CASE WHEN t.synthetic THEN 'SYNTHETIC' ELSE 'DECLARED' END
  WHEN jsonb_array_length(coalesce(t.discovery -> 'nodes', '[]'::jsonb)) > 0 THEN 'UNMANAGED' ELSE 'DELETED' END`;
/** A row made by an event that says nothing of the cluster itself (a lease of discovery) is no cluster yet. */
export const CLUSTER_KNOWN = '(t.spec_version >= 0 OR t.discovery_version >= 0)';

const CLUSTER_COLUMNS = {
  mark: CLUSTER_MARK,
  has_spec: 't.spec IS NOT NULL',
  sample: "s.sample - 'nodes'",
};
export const CLUSTERS: KeysetList = {
  name: 'clusters',
  select: everyColumn(CLUSTER_COLUMNS),
  computed: CLUSTER_COLUMNS,
  // Where no column asks for the sample the planner leaves the join out.
  from: 'clusters t LEFT JOIN samples s ON s.ns_id = t.ns_id AND s.cluster_id = t.cluster_id',
  order: { ns_id: 'text', cluster_id: 'text' },
};

const NODE_COLUMNS = {
  agent_version: "t.details -> 'agent_version' ->> 'number'",
  store_id: "t.details ->> 'store_id'",
  store_version: "t.details -> 'store_version' ->> 'number'",
  address: "t.details -> 'address'",
  attributes: "t.details -> 'attributes'",
  sample_observer: "s.sample ->> 'observer'",
  node_sample: `(SELECT n FROM jsonb_array_elements(s.sample -> 'nodes') n WHERE n ->> 'node_id' = t.node_id LIMIT 1)`,
};
export const NODES: KeysetList = {
  name: 'nodes',
  select: everyColumn(NODE_COLUMNS),
  computed: NODE_COLUMNS,
  from: 'nodes t LEFT JOIN samples s ON s.ns_id = t.ns_id AND s.cluster_id = t.cluster_id',
  order: { ns_id: 'text', cluster_id: 'text', node_id: 'text' },
};

export const ACTIONS: KeysetList = {
  name: 'actions',
  select: 't.*',
  from: 'actions t',
  order: { created_at: 'timestamptz', ns_id: 'text', cluster_id: 'text', action_id: 'text' },
  descending: true,
};

const DECISION_COLUMNS = {
  latest: 'true',
  sample_revision: 's.revision',
  sample_mode: "s.sample ->> 'mode'",
  sample_spec_revision: "(s.sample -> 'spec_revision')::integer",
  sample_completed_at: 's.completed_at',
};
export const DECISIONS: KeysetList = {
  name: 'decisions',
  select: everyColumn(DECISION_COLUMNS),
  computed: DECISION_COLUMNS,
  from: 'decisions t LEFT JOIN samples s ON s.ns_id = t.ns_id AND s.cluster_id = t.cluster_id',
  order: { ns_id: 'text', cluster_id: 'text', rule: 'text', subject: 'text' },
};

const HISTORY_COLUMNS = { latest: 'd.revision IS NOT NULL' };
export const DECISION_HISTORY_LIST: KeysetList = {
  name: 'decision-history',
  select: everyColumn(HISTORY_COLUMNS),
  computed: HISTORY_COLUMNS,
  from: `decision_history t LEFT JOIN decisions d ON d.ns_id = t.ns_id AND d.cluster_id = t.cluster_id
    AND d.rule = t.rule AND d.subject = t.subject AND d.revision = t.revision`,
  order: { ns_id: 'text', cluster_id: 'text', revision: 'integer' },
  descending: true,
};

const EVENTS: KeysetList = { name: 'events', select: 't.*', from: 'events t', order: { position: 'text' } };
/** Of one stream: in the order of its revisions, which its index has. */
const CLUSTER_EVENTS: KeysetList = {
  name: 'cluster-events',
  select: 't.*',
  from: 'events t',
  order: { ns_id: 'text', cluster_id: 'text', revision: 'integer' },
};

export const eventList = (options: {
  readonly ofCluster: boolean;
  readonly newestFirst: boolean;
}): KeysetList => {
  const list = options.ofCluster ? CLUSTER_EVENTS : EVENTS;
  return options.newestFirst ? { ...list, name: `${list.name}-newest-first`, descending: true } : list;
};
