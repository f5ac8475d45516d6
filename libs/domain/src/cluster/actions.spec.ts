import { describe, expect, it } from '@jest/globals';
import { SimulatedCluster, convergedCluster, namespaceOf, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
type Approval = 'granted' | 'required';
type Kind = 'node' | 'orchestrator';

function create(cluster: SimulatedCluster, what: Kind, approval: Approval, action_id = 'a') {
  return what === 'node'
    ? cluster.execute({
        type: 'CreateNodeAction',
        data: {
          action: {
            ...ids,
            node_id: 'pg-1',
            action_id,
            args: null,
            kind: 'agent.replicante.io/x',
            metadata: {},
          },
          approval,
        },
      })
    : orchestrator(cluster, 'core.replicante.io/test.loop', { target: 9 }, { approval, action_id });
}
function orchestrator(
  cluster: SimulatedCluster,
  kind: string,
  args: null | Readonly<Record<string, number | string>> = null,
  more: { approval?: Approval; action_id?: string; timeout?: { secs: number; nanos: number } } = {},
) {
  const { approval = 'granted', action_id = 'a', timeout = null } = more;
  return cluster.execute({
    type: 'CreateOrchestratorAction',
    data: { action: { ...ids, action_id, args, kind, metadata: {}, timeout }, approval },
  });
}
const change = (cluster: SimulatedCluster, verb: 'Approve' | 'Reject' | 'Cancel', action_id = 'a') =>
  cluster.execute({ type: `${verb}Action`, data: { ...ids, action_id } });
const stateOf = (cluster: SimulatedCluster, id = 'a'): string | undefined =>
  cluster.state.nodeActions.get(id)?.action.state.phase ??
  cluster.state.orchestratorActions.get(id)?.state ??
  cluster.state.finishedActions.get(id)?.phase;
const quiet = (): SimulatedCluster => {
  const cluster = new SimulatedCluster();
  cluster.apply(specOf(0));
  return cluster;
};
const finished = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.OrchestratorActionFinished.v1' ? [event.data.action] : [],
  );

describe.each<Kind>(['node', 'orchestrator'])('an action of kind %s', what => {
  it.each<[Approval, string]>([
    ['granted', 'PENDING_SCHEDULE'],
    ['required', 'PENDING_APPROVE'],
  ])('begins, approval %s, as %s', (approval, phase) => {
    const cluster = quiet();
    expect(create(cluster, what, approval)).toMatchObject({ kind: 'action', action_id: 'a' });
    expect(stateOf(cluster)).toBe(phase);
  });
  it('needs a declared cluster and a namespace that stays', () => {
    expect(create(new SimulatedCluster(), what, 'granted')).toBe('CLUSTER_NOT_FOUND');
    const cluster = quiet();
    cluster.namespace = namespaceOf('Deleting');
    expect(create(cluster, what, 'granted')).toBe('NAMESPACE_DELETING');
  });
  it.each<[string, 'Approve' | 'Reject' | 'Cancel' | null]>([
    ['unfinished', null],
    ['finished', 'Cancel'],
  ])('has an id of its own, over both kinds: not that of one that is %s', (_title, verb) => {
    const cluster = quiet();
    create(cluster, what, 'granted');
    if (verb) change(cluster, verb);
    expect(create(cluster, 'node', 'granted')).toBe('ACTION_EXISTS');
    expect(create(cluster, 'orchestrator', 'granted')).toBe('ACTION_EXISTS');
  });
  it.each([
    ['Approve', 'PENDING_SCHEDULE'],
    ['Reject', 'CANCELLED'],
    ['Cancel', 'CANCELLED'],
  ] as const)('that waits for approval: %s makes it %s', (verb, phase) => {
    const cluster = quiet();
    create(cluster, what, 'required');
    change(cluster, verb);
    expect(stateOf(cluster)).toBe(phase);
  });
  it('that is approved is neither approved nor rejected again, and can be cancelled', () => {
    const cluster = quiet();
    create(cluster, what, 'granted');
    expect([change(cluster, 'Approve'), change(cluster, 'Reject')]).toEqual([
      'ACTION_NOT_PENDING_APPROVAL',
      'ACTION_NOT_PENDING_APPROVAL',
    ]);
    change(cluster, 'Cancel');
    expect(stateOf(cluster)).toBe('CANCELLED');
  });
  it('that is finished never changes by request', () => {
    const cluster = quiet();
    create(cluster, what, 'granted');
    change(cluster, 'Cancel');
    expect([change(cluster, 'Approve'), change(cluster, 'Reject'), change(cluster, 'Cancel')]).toEqual([
      'ACTION_NOT_PENDING_APPROVAL',
      'ACTION_NOT_PENDING_APPROVAL',
      'ACTION_FINISHED',
    ]);
  });
});

it.each(['Approve', 'Reject', 'Cancel'] as const)('%s knows no action that does not exist', verb => {
  expect(change(quiet(), verb)).toBe('ACTION_NOT_FOUND');
});

describe('an orchestrator action', () => {
  it.each([
    ['core.replicante.io/test.success', null, 'DONE'],
    ['core.replicante.io/test.fail', null, 'FAILED'],
    ['core.replicante.io/test.loop', { target: 1 }, 'DONE'],
    ['core.replicante.io/test.loop', { target: 'x' }, 'FAILED'],
    ['example.com/unknown', null, 'FAILED'],
  ] as const)('%s with %j is %s at once', (kind, args, state) => {
    const cluster = quiet();
    orchestrator(cluster, kind, args);
    cluster.cycle();
    expect(stateOf(cluster)).toBe(state);
    expect(finished(cluster)[0]?.state_payload_error === null).toBe(state === 'DONE');
  });
  it('is recorded each time that its payload changes, and keeps its first start', () => {
    const cluster = quiet();
    orchestrator(cluster, 'core.replicante.io/test.loop', { target: 3 });
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    const seen = cluster.log.flatMap(({ event }) =>
      event.type === 'cluster.OrchestratorActionProgressed.v1' ||
      event.type === 'cluster.OrchestratorActionFinished.v1'
        ? [event.data.action]
        : [],
    );
    expect(seen.map(a => a.state_payload)).toEqual([1, 2, 3].map(count => ({ count, target: 3 })));
    expect(new Set(seen.map(a => a.scheduled_ts)).size).toBe(1);
  });
  it.each([
    ['its own timeout', { secs: 15, nanos: 0 }, 3],
    ['its own timeout with its fraction', { secs: 19, nanos: 999_000_000 }, 3],
    ['the timeout of its handler', undefined, 62],
  ])('that goes on after %s fails', (_title, timeout, cycles) => {
    const cluster = quiet();
    orchestrator(cluster, 'core.replicante.io/test.loop', { target: 1_000 }, timeout ? { timeout } : {});
    for (let i = 1; i < cycles; i += 1) cluster.cycle();
    expect(stateOf(cluster)).toBe('RUNNING');
    cluster.cycle();
    expect(stateOf(cluster)).toBe('FAILED');
  });
  it('that is DONE after its deadline is DONE', () => {
    const cluster = quiet();
    orchestrator(cluster, 'core.replicante.io/test.loop', { target: 2 }, { timeout: { secs: 1, nanos: 0 } });
    cluster.cycle();
    cluster.nowMs += 3_600_000;
    cluster.cycle();
    expect(stateOf(cluster)).toBe('DONE');
  });
  it('runs alone; the next starts when it has ended, oldest first, passing those that wait for approval', () => {
    const cluster = quiet();
    orchestrator(
      cluster,
      'core.replicante.io/test.loop',
      { target: 2 },
      { action_id: 'first', approval: 'required' },
    );
    orchestrator(cluster, 'core.replicante.io/test.loop', { target: 2 }, { action_id: 'second' });
    cluster.nowMs += 1;
    orchestrator(cluster, 'core.replicante.io/test.loop', { target: 2 }, { action_id: 'a-third' });
    cluster.cycle();
    expect(['first', 'second', 'a-third'].map(id => stateOf(cluster, id))).toEqual([
      'PENDING_APPROVE',
      'RUNNING',
      'PENDING_SCHEDULE',
    ]);
    cluster.cycle();
    expect(['second', 'a-third'].map(id => stateOf(cluster, id))).toEqual(['DONE', 'RUNNING']);
  });
  it('that ends at once lets the next start in the same cycle', () => {
    const cluster = quiet();
    for (const action_id of ['a', 'b', 'c'])
      orchestrator(cluster, 'core.replicante.io/test.success', null, { action_id });
    cluster.cycle();
    expect(finished(cluster).map(a => a.action_id)).toEqual(['a', 'b', 'c']);
  });
});

describe('cluster.init', () => {
  const init = (cluster: SimulatedCluster, action_id: string, node_id = 'pg-1') =>
    cluster.execute({
      type: 'CreateNodeAction',
      data: {
        action: {
          ...ids,
          node_id,
          action_id,
          args: null,
          kind: 'agent.replicante.io/cluster.init',
          metadata: {},
        },
        approval: 'granted',
      },
    });
  it('is refused to people too, once the cluster had a member', () => {
    expect(init(convergedCluster(1), 'again')).toBe('ALREADY_INITIALISED');
  });
  it('is sent to one node, though two were asked for before the first left', () => {
    const cluster = quiet();
    cluster.addNode();
    cluster.addNode();
    cluster.discover();
    init(cluster, 'i1', 'pg-1');
    init(cluster, 'i2', 'pg-2');
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(cluster.inits).toBe(1);
    expect(cluster.decisions()).toContainEqual(
      expect.objectContaining({ subject: 'node:pg-2', outcome: 'reject', reason: 'ALREADY_INITIALISED' }),
    );
    const ended = cluster.log.findLast(e => e.event.type === 'cluster.NodeActionScheduleFailed.v1');
    expect(ended?.event.data).toMatchObject({ action: { node_id: 'pg-2', state: { phase: 'FAILED' } } });
  });
  it('that failed on its agent is not tried again before a person accepts the loss', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(1));
    cluster.agentPhase = () => 'FAILED';
    for (let i = 0; i < 12; i += 1) {
      cluster.discover();
      cluster.cycle();
    }
    expect(cluster.latest('cluster-init')?.reason).toBe('INIT_DISPATCHED_BEFORE');
    const allow = (accept_data_loss: boolean) =>
      cluster.execute({ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss } });
    expect(allow(false)).toBe('DATA_LOSS_NOT_ACCEPTED');
    cluster.agentPhase = () => 'DONE';
    allow(true);
    cluster.run();
    expect(cluster.inits).toBe(1);
  });
  it('is allowed once more by one permission, and by a second word no more', () => {
    const cluster = convergedCluster(1);
    const allow = () =>
      cluster.execute({ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss: true } });
    allow();
    const before = cluster.log.length;
    allow();
    expect(cluster.log).toHaveLength(before);
    for (const node of cluster.nodes.values()) Object.assign(node, { status: 'NOT_IN_CLUSTER', role: null });
    cluster.run();
    expect(cluster.inits).toBe(2);
  });
  it.each([
    ['one node is not NOT_IN_CLUSTER', 'UNAVAILABLE', 'NODES_NOT_READY'],
    ['one node joins something', 'JOINING_CLUSTER', 'NODES_NOT_READY'],
    ['one node was a member', 'UNHEALTHY', 'ALREADY_INITIALISED'],
  ] as const)('waits while %s', (_title, status, reason) => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(2));
    cluster.addNode();
    cluster.addNode();
    Object.assign(cluster.nodes.get('pg-2') ?? {}, { status });
    cluster.discover();
    cluster.cycle();
    expect(cluster.latest('cluster-init')?.reason).toBe(reason);
  });
  it('waits while a node was not polled', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(2));
    cluster.addNode();
    cluster.addNode();
    cluster.discover();
    cluster.cycle(['pg-1']);
    expect(cluster.latest('cluster-init')?.reason).toBe('FACTS_MISSING');
  });
});

describe('cluster.join', () => {
  it('goes to the next candidate after three failures, and holds when none is left', () => {
    const cluster = convergedCluster(1);
    cluster.addNode();
    cluster.addNode();
    cluster.apply(specOf(3));
    cluster.agentPhase = () => 'FAILED';
    const joins = (): readonly string[] =>
      cluster.log
        .flatMap(({ event }) =>
          event.type === 'cluster.NodeActionCreated.v1' ? [event.data.action.node_id] : [],
        )
        .slice(1);
    for (let i = 0; i < 12; i += 1) {
      cluster.discover();
      cluster.cycle();
    }
    expect(joins().slice(0, 4)).toEqual(['pg-2', 'pg-2', 'pg-2', 'pg-3']);
    for (let i = 0; i < 12; i += 1) cluster.cycle();
    expect(joins()).toHaveLength(6);
    expect(cluster.latest('cluster-expand')?.reason).toBe('REPEATED_FAILURE');
  });
});
