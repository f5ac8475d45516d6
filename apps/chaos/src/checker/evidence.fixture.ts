import { EVOLVE_VERSION } from '@replicante/domain';
import type { Evidence, KeptSnapshot, StoredEvent, TaskLog } from '../evidence/evidence.js';

const CLUSTER = 'cluster-default:pg';
const AT = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(AT + seconds * 1000).toISOString();

const spec = { ns_id: 'default', cluster_id: 'pg' };
const identity = '7000000000000000001';

const fleetNodes = ['HEALTHY', 'UNHEALTHY'].map((status, n) => ({
  ...{ clusterId: 'fleet-0001', nodeId: `fleet-0001-n${n + 1}`, status },
}));

const action = (phase: string) => ({
  ...{ action_id: 'action-1', node_id: 'pg-1', state: { phase, error: null, payload: null } },
});

const recorded: readonly (readonly [type: string, data: object, commandId: string])[] = [
  ['cluster.ClusterSpecApplied.v1', { spec, synthetic: false }, 'apply'],
  ['cluster.LeaseTaken.v1', { lease: { work: 'cycle', epoch: 0, token: 7, holder: 'a' } }, 'cycle-1'],
  [
    'cluster.ProvisionIntended.v1',
    { action_id: 'p', attempt_id: 'attempt-p', not_after: at(8), node_group_id: 'main' },
    'cycle-2',
  ],
  [
    'cluster.ProvisionSettled.v1',
    { action_id: 'p', attempt_id: 'attempt-p', outcome: 'accepted' },
    'outcome-1',
  ],
  ['cluster.DiscoveryRecorded.v1', { discovery: { nodes: [{ node_id: 'pg-1' }] } }, 'discovery'],
  [
    'cluster.NodeChanged.v1',
    { node: { node_id: 'pg-1', node_status: 'HEALTHY' }, quarantine: null },
    'cycle-3',
  ],
  ['cluster.StoreIdentityRecorded.v1', { node_id: 'pg-1', store_identity: identity }, 'cycle-4'],
  ['cluster.NodeActionCreated.v1', { action: action('PENDING_SCHEDULE') }, 'create'],
  [
    'cluster.NodeActionDispatched.v1',
    { action_id: 'action-1', attempt_id: 'attempt-a', node_id: 'pg-1', not_after: at(16) },
    'cycle-5',
  ],
  ['cluster.NodeActionSynced.v1', { action: action('DONE') }, 'cycle-6'],
  [
    'cluster.DecisionMade.v1',
    { decision: { rule: 'scale-up', subject: 'cluster', outcome: 'suppress', reason: 'COUNT_REACHED' } },
    'cycle-7',
  ],
];

const namespaceAt = (status: string) => ({ id: 'default', status });
const namespaceEvents: readonly StoredEvent[] = ['Active', 'Observed'].map((status, i) => ({
  ...{ position: BigInt(100 + i), streamId: 'namespace-default', revision: i, id: `namespace-${i}` },
  ...{
    type: 'namespace.NamespaceApplied.v1',
    data: { namespace: namespaceAt(status) },
    commandId: `ns-${i}`,
  },
  ...{ recordedAt: at(i), metadata: { commandId: `ns-${i}`, recordedAt: at(i) } },
}));
const namespaceSnapshot: KeptSnapshot = {
  ...{ streamId: 'namespace-default', evolveVersion: EVOLVE_VERSION, revision: 0, eventId: 'namespace-0' },
  state:
    '{"format":1,"commands":0,"highest":""}\n' +
    JSON.stringify({ value: { status: 'known', namespace: namespaceAt('Active') }, maps: [], sets: [] }),
};

/** A step of the queue's log, a second after the one before. */
export const logged = (steps: readonly object[]): TaskLog['records'] =>
  steps.map((step, offset) => ({
    ...{ partition: 0, offset, stampMs: AT + offset * 1_000, value: JSON.stringify({ v: 1, ...step }) },
  }));
export const enqueue = (id: string) => ({
  type: 'enqueue',
  tasks: [{ id, key: 'pg', kind: 'k', payload: {} }],
});
export const take = (id: string, consumer: string, grant: number) => ({
  ...{ type: 'take', grant, consumer, call: 'c', ids: [id], visibilityMs: 5_000 },
});
export const executed = (id: string, consumer: string) => ({
  ...{ type: 'settle', consumer, maxAttempts: 3 },
  answers: [{ id, attempt: 1, outcome: 'executed', reason: '', backoffMs: 0 }],
});
const said = {
  ...{ enqueued: 3, depth: 1 },
  ended: { executed: 1, superseded: 1, expired: 0, abandoned: 0, deadLettered: 0 },
};
export const TASK_STEPS: readonly object[] = [
  ...[enqueue('a'), { type: 'claim', grant: 1 }, take('a', 'worker-1', 1), executed('a', 'worker-1')],
  ...[enqueue('b'), enqueue('c')],
];
const soundTaskLog: TaskLog = { records: logged(TASK_STEPS), before: said, after: said };

/** A small run in which nothing went wrong: one node, one provision, one action, two acknowledged rows. */
export function soundEvidence(): Evidence {
  const events: readonly StoredEvent[] = recorded.map(([type, data, commandId], i) => ({
    ...{ position: BigInt(i + 1), streamId: CLUSTER, revision: i, id: `event-${i}`, type, commandId },
    data: { ...data },
    ...{ recordedAt: at(i), metadata: { commandId, recordedAt: at(i) } },
  }));
  const ok = (position: number) =>
    ({
      kind: 'ok',
      position: String(position),
      revision: position - 1,
      changed: true,
      repeated: false,
    }) as const;
  const call = { method: 'Apply', beganAt: AT, endedAt: AT + 10 };
  const provision = {
    ...{ at: at(3), call: 1, run: 'r', endpoint: 'provision', attemptId: 'attempt-p' },
    ...{ idempotencyKey: 'attempt-p', fence: '0.7' },
  };
  return {
    idempotency: true,
    eventsAheadMs: 0,
    events: [...namespaceEvents, ...events],
    calls: [
      { ...call, commandId: 'apply', payload: 'a', outcome: { ...ok(1), actionId: '' } },
      { ...call, commandId: 'create', payload: 'c', outcome: { ...ok(8), actionId: 'action-1' } },
      {
        ...call,
        commandId: 'refused',
        payload: 'r',
        outcome: { kind: 'fail', code: 'NODE_NOT_FOUND', message: '' },
      },
      { ...call, commandId: 'lost', payload: 'l', outcome: { kind: 'unknown', message: '' } },
    ],
    sent: [
      {
        ...{ link: 'platform', node: null, path: '/provision', attemptId: 'attempt-p', fence: '0.7' },
        ...{ arrivedAt: AT + 3_000, status: 200 },
      },
      {
        ...{
          link: 'agent',
          node: 'pg-1',
          path: '/api/unstable/action',
          attemptId: 'attempt-a',
          fence: '0.7',
        },
        ...{ arrivedAt: AT + 9_000, status: 200 },
      },
    ],
    platformCalls: [
      { ...provision, phase: 'before' },
      { ...provision, phase: 'after', outcome: 'done' },
    ],
    journal: [],
    agentActions: [
      {
        node: 'pg-1',
        sequence: 1,
        id: 'action-1',
        attempts: ['attempt:attempt-a', 'key:attempt-a'],
        phase: 'DONE',
      },
    ],
    nodes: [
      {
        ...{ nodeId: 'pg-1', provisionAttempt: 'attempt-p', serverRuns: true, standbySignal: false },
        ...{ systemIdentifier: identity, writable: true, rows: [1, 2] },
      },
    ],
    strayServers: [],
    acknowledged: [1, 2].map(number => ({ node: 'pg-1', number, beganAt: AT, endedAt: AT + 1 })),
    published: [...events, ...namespaceEvents].map(({ id, type, revision, streamId }) => ({
      ...{
        topic: `replicante.${streamId.split('-')[0]}`,
        partition: 3,
        source: streamId,
        id,
        type,
        revision,
      },
      key: streamId.slice(streamId.indexOf('-') + 1),
    })),
    tasks: { enqueued: 10, depth: 1, ended: { executed: 8, superseded: 1 } },
    taskLog: soundTaskLog,
    snapshots: [namespaceSnapshot],
    cycles: {
      completedAt: Array.from({ length: 60 }, (_, i) => AT + i * 1_000),
      faults: [{ from: AT + 10_500, to: AT + 12_000, what: 'worker-1 was killed' }],
      ...{ until: AT + 60_000, boundMs: 15_000 },
    },
    fleet: {
      played: { nodes: fleetNodes, unexpected: [] },
      seen: fleetNodes,
    },
    served: {
      ...{ spec, revision: events.length - 1, eventIds: events.map(e => e.id) },
      nodes: [{ nodeId: 'pg-1', status: 'HEALTHY', quarantine: null }],
      actions: [{ actionId: 'action-1', phase: 'DONE', payload: null }],
      decisions: [{ rule: 'scale-up', subject: 'cluster', outcome: 'suppress', reason: 'COUNT_REACHED' }],
    },
  };
}
