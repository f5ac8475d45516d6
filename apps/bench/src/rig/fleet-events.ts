import type {
  ClusterEvent,
  ClusterSpec,
  NamespaceEvent,
  Node,
  NodeAction,
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

const decision = (cluster_id: string, n: number): ClusterEvent => ({
  type: 'cluster.DecisionMade.v1',
  data: {
    decision: {
      ns_id: NS,
      cluster_id,
      rule: ['node-scale-up', 'cluster-init', 'cluster-expand'][n % 3] ?? 'cluster-init',
      rule_version: 1,
      subject: n % 2 === 0 ? 'cluster' : 'group:main',
      outcome: 'hold',
      reason: n % 4 < 2 ? 'AT_DESIRED_COUNT' : 'IN_GRACE',
      message: 'the group has as many nodes as it should have',
      settled: false,
      spec_revision: 0,
      waits_on: [],
      facts: [
        { name: 'group:main.count', value: 3, observer: 'platform:bench', age_ms: 250 },
        { name: 'group:main.desired', value: 3, observer: 'spec', age_ms: null },
      ],
      alternatives: [{ option: 'provision', reason: 'the count is reached' }],
      caused: [],
      context_revisions: { namespace: 0, platform: 0 },
      cycle_id: `cycle-${n}`,
    },
  },
});

const action = (
  cluster_id: string,
  node_id: string,
  n: number,
  phase: 'PENDING_SCHEDULE' | 'DONE',
): NodeAction => ({
  ns_id: NS,
  cluster_id,
  node_id,
  action_id: `action-${n}`,
  args: { n },
  created_time: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
  finished_time: phase === 'DONE' ? new Date(Date.UTC(2026, 0, 1) + n * 2_000).toISOString() : null,
  kind: 'agent.replicante.io/test.success',
  metadata: {},
  scheduled_time: null,
  state: { phase, error: null, payload: null },
});

/** `count` more events of a cluster, as cycles make them: states, shards, decisions, actions from begin to end. */
export function busyHistory(cluster_id: string, nodes: number, count: number): ClusterEvent[] {
  const ids = nodeIds(nodes);
  const events: ClusterEvent[] = [];
  for (let n = 0; events.length < count; n += 1) {
    const node_id = ids[n % ids.length] ?? 'node-1';
    events.push(
      nodeChanged(cluster_id, node_id, `change ${n}`),
      decision(cluster_id, n),
      nodeChanged(cluster_id, node_id, `change ${n} again`),
      shardsChanged(cluster_id, node_id, n % ids.length === 0, n),
      {
        type: 'cluster.NodeActionCreated.v1',
        data: { action: action(cluster_id, node_id, n, 'PENDING_SCHEDULE') },
      },
      {
        type: 'cluster.NodeActionSynced.v1',
        data: { action: action(cluster_id, node_id, n, 'DONE'), imported: false },
      },
      { type: 'cluster.CycleRequested.v1', data: { ns_id: NS, cluster_id } },
    );
  }
  return events.slice(0, count);
}

/** Actions from their creation to their end: two events each. */
export const actionHistory = (cluster_id: string, nodes: number, count: number): ClusterEvent[] =>
  Array.from({ length: count }, (_, n): ClusterEvent[] => {
    const node_id = `node-${(n % nodes) + 1}`;
    return [
      {
        type: 'cluster.NodeActionCreated.v1',
        data: { action: action(cluster_id, node_id, 1_000_000 + n, 'PENDING_SCHEDULE') },
      },
      {
        type: 'cluster.NodeActionSynced.v1',
        data: { action: action(cluster_id, node_id, 1_000_000 + n, 'DONE'), imported: false },
      },
    ];
  }).flat();
