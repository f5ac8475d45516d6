import type { ClusterDiscovery, ClusterEvent } from '@replicante/domain';
import { NODE_DISCOVERY, NODE_EXTRAS, NODE_PRESENCE, NODE_SHARDS, NODE_STATE } from '../rows/node-rows.js';
import { change, type RowChange } from '../rows/row-group.js';
import type { EventHandlers, EventPlace } from './event-handlers.js';

type OfNode = { readonly ns_id: string; readonly cluster_id: string; readonly node_id: string };
const key = ({ ns_id, cluster_id, node_id }: OfNode) => ({ ns_id, cluster_id, node_id });

/** Nodes that a discovery does not list stay: missing from the platform is not gone (safety.md §4). */
export const discoveredNodes = (
  { ns_id, cluster_id, nodes }: ClusterDiscovery,
  { revision }: EventPlace,
): readonly RowChange[] =>
  nodes.map(({ node_id, agent_address, node_class, node_group }) =>
    change(NODE_DISCOVERY, { ns_id, cluster_id, node_id }, revision, {
      agent_address,
      node_class,
      node_group,
      removed: false,
    }),
  );

const present = (of: OfNode, { revision }: EventPlace): RowChange =>
  change(NODE_PRESENCE, key(of), revision, { absences: 0, absent_since: null });

type StateData = Extract<
  ClusterEvent,
  { readonly type: 'cluster.NodeChanged.v1' | 'cluster.NodeFlapping.v1' }
>['data'];

function stateChanged({ node, quarantine, error, observer }: StateData, { revision, at }: EventPlace) {
  const status = node.node_status;
  const known = typeof status === 'string';
  return [
    change(NODE_STATE, key(node), revision, {
      status: known ? status : 'UNKNOWN',
      unknown_status: known ? null : status.UNKNOWN,
      details: node.details,
      quarantine,
      error,
      observer,
      state_changed_at: at,
    }),
  ];
}

export const nodeProjection: EventHandlers<
  Extract<
    ClusterEvent,
    {
      readonly type:
        | 'cluster.NodeAbsenceCounted.v1'
        | 'cluster.NodeReappeared.v1'
        | 'cluster.NodeRemoved.v1'
        | 'cluster.NodeChanged.v1'
        | 'cluster.NodeFlapping.v1'
        | 'cluster.NodeShardsChanged.v1'
        | 'cluster.StoreExtrasChanged.v1';
    }
  >
> = {
  'cluster.NodeAbsenceCounted.v1': (data, { revision }) => [
    change(NODE_PRESENCE, key(data), revision, { absences: data.absences, absent_since: data.since }),
  ],
  'cluster.NodeReappeared.v1': (data, place) => [present(data, place)],
  'cluster.NodeRemoved.v1': ({ node }, place) => [
    change(NODE_DISCOVERY, key(node), place.revision, {
      agent_address: null,
      node_class: null,
      node_group: null,
      removed: true,
    }),
    present(node, place),
    change(NODE_SHARDS, key(node), place.revision, {
      shards: [],
      has_primary: false,
      has_secondary: false,
      shards_changed_at: place.at,
    }),
    change(NODE_EXTRAS, key(node), place.revision, { extras: null, extras_changed_at: null }),
  ],
  'cluster.NodeChanged.v1': stateChanged,
  // How it is meanwhile, the sample tells.
  'cluster.NodeFlapping.v1': stateChanged,
  'cluster.NodeShardsChanged.v1': (data, { revision, at }) => [
    change(NODE_SHARDS, key(data), revision, {
      shards: data.shards,
      has_primary: data.shards.some(s => s.fresh && s.role === 'Primary'),
      has_secondary: data.shards.some(s => s.fresh && s.role === 'Secondary'),
      shards_changed_at: at,
    }),
  ],
  'cluster.StoreExtrasChanged.v1': ({ extras }, { revision, at }) => [
    change(NODE_EXTRAS, key(extras), revision, { extras, extras_changed_at: at }),
  ],
};
