import type { DecisionView, EventView, HeaderView, NodeView, ReadModelView, TopologyView } from './views.js';

/* For specs: a converged cluster and what is around it. */

export const readModel: ReadModelView = { state: 'running', lag: 0, message: null };

export const headerView: HeaderView = {
  nsId: 'default',
  clusterId: 'pg',
  mark: 'DECLARED',
  active: true,
  specRevision: 3,
  evaluated: true,
  lastCycle: {
    cycleId: 'c-1',
    completedAt: '2026-01-02T03:04:05.000Z',
    ageSeconds: 0.4,
    mode: 'sync',
    observer: 'worker-1',
    leaseHolder: 'session-7',
    staleAfterSeconds: 2,
    specRevision: 3,
    evaluated: true,
  },
  convergence: { converged: true, observedSpecRevision: 3, waitsFor: [] },
};

export const nodeView = (nodeId: string, role: string, change: Partial<NodeView> = {}): NodeView => ({
  nodeId,
  status: 'HEALTHY',
  unknownStatus: null,
  presence: 'PRESENT',
  quarantine: null,
  error: null,
  observedAt: '2026-01-02T03:04:05.000Z',
  ageSeconds: 0.6,
  group: 'main',
  agentAddress: 'http://127.0.0.1:1',
  addresses: { client: '127.0.0.1:5432' },
  storeVersion: '18',
  shards: {
    nodes: [{ shardId: 'pg', role, otherRole: null, lag: { value: 0, unit: 'bytes' }, fresh: true }],
  },
  ...change,
});

export const topologyView = (
  nodes: readonly NodeView[],
  change: Partial<TopologyView> = {},
): TopologyView => ({
  ...headerView,
  spec: {
    declaration: { definition: { nodes: { main: { desired_count: 3, node_class: 'postgres-local' } } } },
  },
  counts: {
    nodes: nodes.length,
    healthy: nodes.filter(n => n.status === 'HEALTHY').length,
    primaries: 1,
    secondaries: 1,
  },
  nodes: { nodes },
  actions: { nodes: [] },
  ...change,
});

export const decisionView: DecisionView = {
  id: 'e-9',
  rule: 'cluster-init',
  ruleVersion: 1,
  subject: 'cluster',
  outcome: 'hold',
  reason: 'WAITS_FOR_APPROVAL',
  message: 'The action waits for approval.',
  settled: false,
  specRevision: 3,
  waitsOn: ['a-1'],
  facts: [
    { name: 'node:pg-1.status', value: 'NOT_IN_CLUSTER', observer: 'worker-1', ageMsThen: 300 },
    { name: 'spec.initialise.mode', value: 'SingleNode', observer: 'spec', ageMsThen: null },
  ],
  alternatives: [{ option: 'init pg-2', reason: 'pg-1 sorts first' }],
  causedEvents: [{ id: 'e-10', type: 'cluster.NodeActionCreated.v1', revision: 10 }],
  cycleId: 'c-1',
  revision: 9,
  decidedAt: '2026-01-02T03:04:00.000Z',
  lastEvaluatedAt: '2026-01-02T03:04:05.000Z',
  lastEvaluatedAgeSeconds: 0.4,
  latest: true,
  flapping: null,
};

export const eventView = (
  revision: number,
  type = 'cluster.CycleRequested.v1',
  data: unknown = {},
): EventView => ({
  id: `e-${revision}`,
  type,
  code: null,
  time: '2026-01-02T03:04:05.000Z',
  revision,
  position: String(revision),
  actor: { kind: 'anonymous', verified: false },
  commandId: 'cmd',
  correlationId: 'cor',
  causationId: null,
  data,
});
