import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome, Instruction } from './commands.js';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, namespaceOf } from './simulated-cluster.fixture.js';
import { DOWN } from './simulated-node.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const KIND = 'agent.replicante.io/test.success';
const error = { error_msg: 'agent answered 500' };

function create(
  cluster: SimulatedCluster,
  action_id: string,
  node_id = 'pg-2',
  approval: 'granted' | 'required' = 'granted',
) {
  return cluster.execute({
    type: 'CreateNodeAction',
    data: { action: { ...ids, node_id, action_id, args: null, kind: KIND, metadata: {} }, approval },
  });
}
const phase = (cluster: SimulatedCluster, id: string): string | undefined =>
  cluster.state.nodeActions.get(id)?.action.state.phase ?? cluster.state.finishedActions.get(id)?.phase;
const why = (cluster: SimulatedCluster, node = 'pg-2') =>
  cluster.latest('node-action-schedule', `node:${node}`)?.reason;

/** Converged, with what was sent since. */
function world(fate: 'done' | 'lost' | 'dropped' = 'done') {
  const cluster = convergedCluster();
  const sent: Instruction[] = [];
  cluster.fate = instruction => {
    sent.push(instruction);
    return fate;
  };
  return {
    cluster,
    sent,
    ids: () => sent.flatMap(i => (i.kind === 'send_node_action' ? [i.request.id] : [])),
  };
}

describe('the head of a node', () => {
  it('is the oldest unfinished action, one per node and cycle', () => {
    const { cluster, ids } = world();
    create(cluster, 'b');
    create(cluster, 'a');
    cluster.nowMs += 1;
    create(cluster, '0');
    create(cluster, 'other', 'pg-3');
    cluster.cycle();
    expect(ids()).toEqual(['a', 'other']);
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(ids()).toEqual(['a', 'other', 'b', '0']);
  });
  it('that waits for approval holds up the node, and no other node', () => {
    const { cluster, ids } = world();
    create(cluster, 'first', 'pg-2', 'required');
    create(cluster, 'second');
    create(cluster, 'elsewhere', 'pg-3');
    cluster.cycle();
    expect(ids()).toEqual(['elsewhere']);
    expect(why(cluster)).toBe('WAITS_FOR_APPROVAL');
  });
  it('that is on its agent holds up the node', () => {
    const { cluster, ids } = world();
    cluster.agentPhase = () => 'RUNNING';
    create(cluster, 'first');
    create(cluster, 'second');
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(ids()).toEqual(['first']);
    expect(why(cluster)).toBe('ACTION_ON_AGENT');
  });
  it('waits while an orchestrator action runs', () => {
    const { cluster, ids } = world();
    const action = {
      ns_id: 'ns',
      cluster_id: 'pg',
      action_id: 'loop',
      args: { target: 3 },
      kind: 'core.replicante.io/test.loop',
      metadata: {},
      timeout: null,
    };
    cluster.execute({ type: 'CreateOrchestratorAction', data: { action, approval: 'granted' } });
    cluster.cycle();
    create(cluster, 'a');
    cluster.cycle();
    expect(ids()).toEqual([]);
    expect(why(cluster)).toBe('ORCHESTRATOR_ACTION_RUNNING');
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(ids()).toEqual(['a']);
  });
  it.each([
    ['Observed', 'OBSERVE_MODE'],
    ['Deleting', 'DELETE_MODE'],
  ] as const)('is not sent in a namespace that is %s', (status, reason) => {
    const { cluster, ids } = world();
    create(cluster, 'a');
    cluster.namespace = namespaceOf(status);
    cluster.cycle();
    expect(ids()).toEqual([]);
    expect(why(cluster)).toBe(reason);
  });
  it('is not sent to a node that was not polled, nor to one that does not answer', () => {
    const { cluster, ids } = world();
    create(cluster, 'a');
    cluster.cycle(['pg-1', 'pg-3']);
    expect(why(cluster)).toBe('NODE_NOT_POLLED');
    cluster.tamper = seen => ({ ...seen, queue: DOWN });
    cluster.cycle();
    expect(why(cluster)).toBe('NODE_NOT_ANSWERING');
    expect(ids()).toEqual([]);
  });
});

describe('an attempt', () => {
  const fail = (cluster: SimulatedCluster, sent: readonly Instruction[], outcome: AttemptOutcome): void =>
    void cluster.outcome(sent.at(-1)?.attempt_id ?? '', outcome);

  it('that fails is counted; the sixth is FAILED when five are allowed', () => {
    const { cluster, sent } = world('dropped');
    create(cluster, 'a');
    for (let i = 1; i <= 6; i += 1) {
      cluster.cycle();
      fail(cluster, sent, { kind: 'node_action', result: 'failed', error });
      expect(phase(cluster, 'a')).toBe(i < 6 ? 'PENDING_SCHEDULE' : 'FAILED');
    }
    const failures = cluster.log.flatMap(({ event }) =>
      event.type === 'cluster.NodeActionScheduleFailed.v1' ? [event.data.action.state.error] : [],
    );
    expect(failures.at(-1)).toEqual({ attempts: 6, last_error: error });
  });
  it('is as many as the namespace allows', () => {
    const { cluster, sent } = world('dropped');
    cluster.namespace = { ...namespaceOf(), settings: { orchestrate: { max_naction_schedule_attempts: 0 } } };
    create(cluster, 'a');
    cluster.cycle();
    fail(cluster, sent, { kind: 'node_action', result: 'failed', error });
    expect(phase(cluster, 'a')).toBe('FAILED');
  });
  it("that was never sent is nobody's failure: it is sent again when it has expired", () => {
    const { cluster, sent } = world('dropped');
    create(cluster, 'a');
    for (let i = 0; i < 8; i += 1) {
      cluster.cycle();
      fail(cluster, sent, { kind: 'node_action', result: 'not_sent' });
    }
    expect(sent.length).toBe(8);
    expect(phase(cluster, 'a')).toBe('PENDING_SCHEDULE');
  });
  it.each(['accepted', 'duplicate'] as const)('that is %s changes nothing: the agent will say', result => {
    const { cluster, sent } = world('dropped');
    create(cluster, 'a');
    cluster.cycle();
    const before = cluster.log.length;
    fail(cluster, sent, { kind: 'node_action', result });
    expect(cluster.log).toHaveLength(before);
  });
  it('whose outcome nobody knows is not repeated before it has expired', () => {
    const { cluster, sent } = world('dropped');
    create(cluster, 'a');
    cluster.cycle();
    cluster.nowMs -= 10_000 - 5_000;
    cluster.cycle();
    expect(why(cluster)).toBe('ATTEMPT_IN_FLIGHT');
    expect(sent).toHaveLength(1);
    cluster.cycle();
    expect(sent).toHaveLength(2);
    expect(new Set(sent.map(i => i.attempt_id)).size).toBe(2);
  });
  it('of long ago says nothing about the one of now', () => {
    const { cluster, sent } = world('dropped');
    create(cluster, 'a');
    cluster.cycle();
    cluster.cycle();
    const before = cluster.log.length;
    cluster.outcome(sent[0]?.attempt_id ?? '', { kind: 'node_action', result: 'failed', error });
    expect(cluster.log).toHaveLength(before);
  });
});

describe('an action on its agent', () => {
  function running(phaseThere: 'NEW' | 'RUNNING' = 'RUNNING') {
    const it = world();
    it.cluster.agentPhase = () => phaseThere;
    create(it.cluster, 'a');
    it.cluster.cycle();
    it.cluster.cycle();
    return it;
  }
  it.each(['NEW', 'RUNNING'] as const)(
    'that was %s is LOST when the agent says that it has it not',
    there => {
      const { cluster } = running(there);
      expect(phase(cluster, 'a')).toBe(there);
      cluster.nodes.get('pg-2')?.actions.clear();
      cluster.cycle();
      expect(phase(cluster, 'a')).toBe('LOST');
    },
  );
  it.each(['queue', 'finished'] as const)('is kept when the %s list fails, and nothing new is sent', list => {
    const { cluster, sent } = running();
    cluster.nodes.get('pg-2')?.actions.clear();
    cluster.tamper = seen => ({ ...seen, [list]: DOWN });
    cluster.cycle();
    expect(phase(cluster, 'a')).toBe('RUNNING');
    expect(sent).toHaveLength(1);
  });
  it('is kept when it is in no list and the agent was not asked, or did not answer', () => {
    const { cluster } = running();
    cluster.nodes.get('pg-2')?.actions.clear();
    for (const actions of [{}, { a: DOWN }]) {
      cluster.tamper = seen => ({ ...seen, actions });
      cluster.cycle();
      expect(phase(cluster, 'a')).toBe('RUNNING');
    }
  });
  it('comes back when it was cancelled here: the agent wins', () => {
    const { cluster } = running();
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: 'a' } });
    expect(phase(cluster, 'a')).toBe('CANCELLED');
    cluster.cycle();
    expect(phase(cluster, 'a')).toBe('RUNNING');
    cluster.agentPhase = () => 'DONE';
    cluster.cycle();
    cluster.cycle();
    expect(phase(cluster, 'a')).toBe('DONE');
  });
  it('that nobody here asked for is imported, when it is not finished', () => {
    const { cluster } = world();
    cluster.agentPhase = a => (a.id === 'old' ? 'DONE' : 'RUNNING');
    const base = {
      args: null,
      created_time: '2026-01-01T00:00:00.000Z',
      kind: KIND,
      metadata: {},
      scheduled_time: '2026-01-01T00:00:00.000Z',
    };
    const node = cluster.nodes.get('pg-2');
    node?.actions.set('foreign', {
      ...base,
      id: 'foreign',
      finished_time: null,
      state: { phase: 'RUNNING', error: null, payload: null },
    });
    node?.actions.set('old', {
      ...base,
      id: 'old',
      finished_time: base.created_time,
      state: { phase: 'DONE', error: null, payload: null },
    });
    cluster.cycle();
    expect(phase(cluster, 'foreign')).toBe('RUNNING');
    expect(phase(cluster, 'old')).toBeUndefined();
    expect(
      cluster.log.findLast(e => e.event.type === 'cluster.NodeActionSynced.v1')?.event.data,
    ).toMatchObject({ imported: true });
  });
  it('is recorded once as finished, and stays so', () => {
    const { cluster } = world();
    create(cluster, 'a');
    cluster.cycle();
    cluster.cycle();
    expect(phase(cluster, 'a')).toBe('DONE');
    const before = cluster.log.length;
    cluster.tamper = seen => ({
      ...seen,
      queue: { ok: true, value: ['a'] },
      actions: { a: { ok: true, value: lateCopy } },
    });
    cluster.cycle();
    expect(cluster.types().slice(before)).not.toContain('NodeActionSynced');
  });
});

const lateCopy = {
  id: 'a',
  args: null,
  created_time: '2026-01-01T00:00:00.000Z',
  finished_time: null,
  kind: KIND,
  metadata: {},
  scheduled_time: '2026-01-01T00:00:00.000Z',
  state: { phase: 'RUNNING', error: null, payload: null },
} as const;

it('a node that leaves takes its actions along: each is cancelled by its name', () => {
  const { cluster } = world('dropped');
  create(cluster, 'a', 'pg-3', 'required');
  const node = cluster.nodes.get('pg-3');
  if (node) node.up = false;
  for (let i = 0; i < 6; i += 1) {
    cluster.discover(['pg-1', 'pg-2']);
    cluster.cycle();
  }
  expect(phase(cluster, 'a')).toBe('CANCELLED');
  expect(
    cluster.log.findLast(e => e.event.type === 'cluster.NodeActionCancelled.v1')?.event.data,
  ).toMatchObject({ reason: 'node_removed' });
});
