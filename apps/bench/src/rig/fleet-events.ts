import type {
  ClusterEvent,
  ClusterSpec,
  NamespaceEvent,
  Node,
  PlatformEvent,
  Shard,
} from '@replicante/domain';

export const NS = 'default';

export const namespaceApplied: NamespaceEvent = {
  type: 'namespace.NamespaceApplied.v1',
  data: {
    namespace: {
      id: NS,
      status: 'Active',
      tls: { ca_bundle: null },
      settings: { orchestrate: { max_naction_schedule_attempts: 10 } },
      agents: { token: null },
    },
  },
};

/** Never discovered: inactive, so that only what is measured happens. */
export const platformApplied: PlatformEvent = {
  type: 'platform.PlatformApplied.v1',
  data: {
    platform: {
      ns_id: NS,
      name: 'bench',
      active: false,
      discovery: { interval: 300 },
      url: {
        base_url: 'http://127.0.0.1:1',
        tls_ca_bundle: null,
        tls_insecure_skip_verify: false,
        token: null,
      },
    },
  },
};

export const specOf = (cluster_id: string, nodes = 3, interval = 300): ClusterSpec => ({
  ns_id: NS,
  cluster_id,
  active: true,
  interval,
  platform: { ns_id: null, name: 'bench' },
  declaration: {
    active: true,
    approval: 'granted',
    definition: {
      cluster_id,
      store: 'postgresql',
      store_version: '18',
      attributes: {},
      nodes: { main: { desired_count: nodes, node_class: 'small', store_version: null, attributes: {} } },
    },
    graces: { expand: 2, init: 5, scale_up: 5 },
    timings_seconds: { expand: null, init: null, scale_up: null, stable_after: null },
    initialise: { mode: 'SingleNode', action_args: null, search: null },
    expand: { mode: 'Join', target_member: null },
  },
});

export const specApplied = (cluster_id: string, nodes = 3): ClusterEvent => ({
  type: 'cluster.ClusterSpecApplied.v1',
  data: { spec: specOf(cluster_id, nodes), synthetic: false },
});

export const discovered = (cluster_id: string, nodes: readonly string[]): ClusterEvent => ({
  type: 'cluster.DiscoveryRecorded.v1',
  data: {
    before: null,
    platform: { ns_id: NS, name: 'bench' },
    discovery: {
      ns_id: NS,
      cluster_id,
      nodes: nodes.map(node_id => ({
        node_id,
        agent_address: `http://127.0.0.1:1/${node_id}`,
        node_class: 'small',
        node_group: 'main',
      })),
    },
  },
});

export const healthyNode = (cluster_id: string, node_id: string, note = ''): Node => ({
  ns_id: NS,
  cluster_id,
  node_id,
  node_status: 'HEALTHY',
  details: {
    address: { client: '127.0.0.1:5432', member: '127.0.0.1:5432' },
    agent_version: { checkout: 'a'.repeat(40), number: '1.0.0', taint: 'working-copy' },
    attributes: { 'postgresql.version_num': 180_004, note },
    store_id: 'postgresql',
    store_version: { checkout: null, number: '18.4', extra: null },
  },
});

export const nodeChanged = (cluster_id: string, node_id: string, note = ''): ClusterEvent => ({
  type: 'cluster.NodeChanged.v1',
  data: {
    node: healthyNode(cluster_id, node_id, note),
    before_status: null,
    quarantine: null,
    error: null,
    observer: 'worker-1',
  },
});

export const shardsChanged = (
  cluster_id: string,
  node_id: string,
  primary: boolean,
  offset = 1_000,
): ClusterEvent => {
  const shard: Shard = {
    ns_id: NS,
    cluster_id,
    node_id,
    shard_id: 'postgresql',
    role: primary ? 'Primary' : 'Secondary',
    commit_offset: { unit: { unit: 'bytes' }, value: offset },
    fresh: true,
    lag: null,
  };
  return { type: 'cluster.NodeShardsChanged.v1', data: { ns_id: NS, cluster_id, node_id, shards: [shard] } };
};

export const nodeIds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `node-${index + 1}`);

/** What a cluster of `nodes` healthy nodes has behind it when it has just converged, and `more` changes after that. */
export function clusterHistory(cluster_id: string, nodes: number, more: number): ClusterEvent[] {
  const ids = nodeIds(nodes);
  const history = [
    specApplied(cluster_id, nodes),
    discovered(cluster_id, ids),
    ...ids.map(id => nodeChanged(cluster_id, id)),
    ...ids.map((id, index) => shardsChanged(cluster_id, id, index === 0)),
  ];
  for (let n = 0; n < more; n += 1)
    history.push(nodeChanged(cluster_id, ids[n % ids.length] ?? 'node-1', `change ${n}`));
  return history;
}
