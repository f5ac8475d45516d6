import { describe, expect, it } from '@jest/globals';
import type { Instruction } from '../commands.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster, namespaceOf, specOf } from '../simulated-cluster.fixture.js';
import { DOWN } from '../simulated-node.fixture.js';
import { fresh, ids, nodeOf, said } from '../rules/asked.fixture.js';

const KIND = 'agent.replicante.io/test.success';
const INIT = 'agent.replicante.io/cluster.init';
const decided = (cluster: SimulatedCluster, node = 'pg-2') =>
  cluster.latest('node-action-schedule', `node:${node}`);

/** Converged, nothing of what is sent arrives. */
function world() {
  const cluster = convergedCluster(3);
  cluster.run();
  const sent: Instruction[] = [];
  cluster.fate = instruction => {
    sent.push(instruction);
    return 'dropped';
  };
  return { cluster, sent };
}
function create(cluster: SimulatedCluster, action_id: string, node_id = 'pg-2', kind = KIND): void {
  cluster.execute({
    type: 'CreateNodeAction',
    data: {
      action: { ...ids, node_id, action_id, args: { deep: [1] }, kind, metadata: { why: 'test' } },
      approval: 'granted',
    },
  });
}
const dispatched = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.NodeActionDispatched.v1' && event.data.kind === KIND ? [event.data] : [],
  );

describe('an action that is sent', () => {
  it('leaves with all that the agent needs, and not later than the lease allows', () => {
    const { cluster, sent } = world();
    const created_time = new Date(cluster.nowMs).toISOString();
    create(cluster, 'a');
    cluster.cycle();
    expect(sent).toEqual([
      {
        kind: 'send_node_action',
        attempt_id: dispatched(cluster)[0]?.attempt_id,
        not_after_ms: 5_000,
        node_id: 'pg-2',
        agent_address: 'http://pg-2',
        request: { id: 'a', kind: KIND, args: { deep: [1] }, created_time, metadata: { why: 'test' } },
      },
    ]);
  });

  it('was intended before, by a decision that says which action, which attempt and until when', () => {
    const { cluster } = world();
    const at = cluster.nowMs;
    create(cluster, 'a');
    cluster.cycle();
    expect(dispatched(cluster)).toEqual([
      {
        ...ids,
        node_id: 'pg-2',
        action_id: 'a',
        kind: KIND,
        attempt: 1,
        attempt_id: expect.stringMatching(/:attempt a 1$/),
        not_after: new Date(at + 5_000).toISOString(),
      },
    ]);
    expect(decided(cluster)).toMatchObject({
      outcome: 'act',
      reason: 'ACTION_DISPATCHED',
      message: `${KIND} is sent to the agent of pg-2, attempt 1`,
      waits_on: ['a'],
      facts: [said('state', 'action:a.kind', KIND), said('state', 'action:a.phase', 'PENDING_SCHEDULE')],
    });
  });

  it('is sent under another attempt when the first has expired', () => {
    const { cluster, sent } = world();
    create(cluster, 'a');
    cluster.cycle();
    cluster.cycle();
    expect(dispatched(cluster).map(d => d.attempt)).toEqual([1, 2]);
    expect(sent[1]?.attempt_id).toMatch(/:attempt a 2$/);
  });
});

describe('an action that waits', () => {
  type Case = readonly [string, (c: SimulatedCluster) => void, string, string, readonly string[]];
  it.each<Case>([
    ['its node was not polled', c => void c.cycle(['pg-1']), 'hold', 'NODE_NOT_POLLED', ['a']],
    [
      'its agent does not answer',
      c => {
        nodeOf(c, 'pg-2').up = false;
        c.cycle();
      },
      'hold',
      'NODE_NOT_ANSWERING',
      ['a'],
    ],
    [
      'actions of its node could not be read',
      c => {
        c.tamper = seen => ({ ...seen, actions: { a: DOWN } });
        c.cycle();
      },
      'hold',
      'NODE_NOT_ANSWERING',
      ['a'],
    ],
    [
      'the namespace is Observed',
      c => {
        c.namespace = namespaceOf('Observed');
        c.cycle();
      },
      'suppress',
      'OBSERVE_MODE',
      ['a'],
    ],
    [
      'the namespace is Deleting',
      c => {
        c.namespace = namespaceOf('Deleting');
        c.cycle();
      },
      'suppress',
      'DELETE_MODE',
      ['a'],
    ],
    [
      'an orchestrator action ran before the cycle',
      c => {
        loop(c);
        c.cycle();
        c.cycle();
      },
      'hold',
      'ORCHESTRATOR_ACTION_RUNNING',
      ['a', 'loop'],
    ],
  ])('says so while %s', (_title, spoil, outcome, reason, waits_on) => {
    const { cluster, sent } = world();
    if (reason === 'ORCHESTRATOR_ACTION_RUNNING') {
      loop(cluster);
      cluster.cycle();
    }
    create(cluster, 'a');
    spoil(cluster);
    expect(decided(cluster)).toMatchObject({ outcome, reason, waits_on, settled: false });
    expect(sent).toEqual([]);
  });

  it('says that its node was not polled, also when the worker came to it and had no time', () => {
    const { cluster, sent } = world();
    const notPolled = { ok: false, kind: 'not_polled', error: { error_msg: 'no time' } } as const;
    cluster.tamper = seen => (seen.node_id === 'pg-2' ? { ...seen, node: notPolled } : seen);
    create(cluster, 'a');
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NODE_NOT_POLLED' });
    expect(sent).toEqual([]);
  });

  it.each(['NEW', 'RUNNING'] as const)('waits behind one that is %s on the agent', phase => {
    const { cluster } = world();
    cluster.fate = () => 'done';
    cluster.agentPhase = () => phase;
    create(cluster, 'a');
    for (let i = 0; i < 2; i += 1) cluster.cycle();
    create(cluster, 'b');
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'ACTION_ON_AGENT', waits_on: ['a'] });
    expect(dispatched(cluster).map(d => d.action_id)).toEqual(['a']);
  });

  it('is not sent to a node that answers with the identity of another', () => {
    const { cluster, sent } = world();
    nodeOf(cluster, 'pg-2').nodeId = 'x';
    create(cluster, 'a');
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'reject', reason: 'IDENTITY_MISMATCH' });
    expect(sent).toEqual([]);
  });

  it('is not sent to a node that the cluster does not have', () => {
    const { cluster, sent } = world();
    create(cluster, 'a', 'ghost');
    cluster.cycle();
    expect(decided(cluster, 'ghost')).toMatchObject({ outcome: 'hold', reason: 'NODE_NOT_POLLED' });
    expect(sent).toEqual([]);
  });

  it('is sent before a cluster has an identity, though its store cannot be read', () => {
    const cluster = fresh(
      1,
      specOf(1, s => ({ ...s, declaration: { ...s.declaration, active: false } })),
    );
    cluster.tamper = seen => ({ ...seen, store: DOWN });
    create(cluster, 'a', 'pg-1');
    cluster.cycle();
    expect(dispatched(cluster)).toHaveLength(1);
  });

  it('for an attempt, waits up to its last millisecond and no longer', () => {
    const { cluster, sent } = world();
    create(cluster, 'a');
    cluster.cycle();
    cluster.nowMs += -10_000 + 5_000;
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'ATTEMPT_IN_FLIGHT', waits_on: ['a'] });
    cluster.nowMs += -10_000 + 1;
    cluster.cycle();
    expect(sent).toHaveLength(2);
  });
});

describe('what is said of a node without unfinished action', () => {
  it('is nothing when it never had one', () => {
    const { cluster } = world();
    cluster.cycle();
    expect(decided(cluster, 'pg-3')?.reason).not.toBe('NODE_NOT_POLLED');
    expect(
      cluster.decisions().filter(d => d.subject === 'node:pg-1' && d.reason === 'NOTHING_TO_SCHEDULE'),
    ).toHaveLength(1);
  });

  it('is also of a node that the cluster does not have, where an action for it was', () => {
    const { cluster } = world();
    create(cluster, 'a', 'ghost');
    cluster.cycle();
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: 'a' } });
    cluster.cycle();
    expect(decided(cluster, 'ghost')).toMatchObject({ reason: 'NOTHING_TO_SCHEDULE', settled: true });
    expect(cluster.state.convergence?.converged).toBe(true);
  });

  it('is once, and settled, that it has none any more', () => {
    const { cluster } = world();
    cluster.fate = () => 'done';
    create(cluster, 'a', 'pg-1');
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(decided(cluster, 'pg-1')).toMatchObject({
      outcome: 'hold',
      reason: 'NOTHING_TO_SCHEDULE',
      waits_on: [],
      facts: [],
      settled: true,
    });
    expect(cluster.state.convergence?.converged).toBe(true);
  });
});

describe('a second initialisation', () => {
  it('is refused for good when its turn comes: it would block its node for ever', () => {
    const cluster = fresh(
      2,
      specOf(2, s => ({ ...s, declaration: { ...s.declaration, active: false } })),
    );
    create(cluster, 'i1', 'pg-1', INIT);
    create(cluster, 'i2', 'pg-2', INIT);
    const at = new Date(cluster.nowMs).toISOString();
    cluster.cycle();
    const refused = cluster.log.findLast(e => e.event.type === 'cluster.NodeActionScheduleFailed.v1');
    expect(refused?.event.data).toMatchObject({
      action: {
        action_id: 'i2',
        finished_time: at,
        state: { phase: 'FAILED', error: { error_msg: 'ALREADY_INITIALISED' } },
      },
      attempt_id: expect.stringMatching(/:refused i2$/),
      late: false,
    });
    expect(decided(cluster, 'pg-2')).toMatchObject({ outcome: 'reject', waits_on: ['i2'] });
    expect(decided(cluster, 'pg-1')).toMatchObject({ outcome: 'act', waits_on: ['i1'] });
  });

  it('is none when the same action is sent again because its first attempt was lost', () => {
    const cluster = fresh(
      1,
      specOf(1, s => ({ ...s, declaration: { ...s.declaration, active: false } })),
    );
    let lost = true;
    cluster.fate = () => (lost ? 'dropped' : 'done');
    create(cluster, 'i1', 'pg-1', INIT);
    cluster.cycle();
    lost = false;
    cluster.cycle();
    expect(cluster.inits).toBe(1);
  });
});

function loop(cluster: SimulatedCluster): void {
  if (cluster.state.orchestratorActions.has('loop')) return;
  cluster.execute({
    type: 'CreateOrchestratorAction',
    data: {
      action: {
        ...ids,
        action_id: 'loop',
        args: { target: 9 },
        kind: 'core.replicante.io/test.loop',
        metadata: {},
        timeout: null,
      },
      approval: 'granted',
    },
  });
}
