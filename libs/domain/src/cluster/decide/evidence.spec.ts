import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome, Instruction } from '../commands.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { SimulatedCluster as Cluster, convergedCluster, specOf } from '../simulated-cluster.fixture.js';
import { ids } from '../rules/asked.fixture.js';

const refused = { kind: 'provision', result: 'refused', error: { error_msg: 'no room' } } as const;
const notSent = { kind: 'provision', result: 'not_sent' } as const;
const unknown = { kind: 'provision', result: 'unknown', error: { error_msg: 'no answer' } } as const;
const settled = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) => (event.type === 'cluster.ProvisionSettled.v1' ? [event.data] : []));

/** One attempt to provision, asked so many times under its key. */
function asked(times: number) {
  const cluster = new Cluster();
  const sent: Instruction[] = [];
  cluster.idempotencyKeys = true;
  cluster.fate = instruction => {
    sent.push(instruction);
    return 'dropped';
  };
  cluster.apply(specOf(1));
  for (let i = 0; i <= times; i += 1) cluster.cycle();
  const attempt_id = sent[0]?.attempt_id ?? '';
  return { cluster, attempt_id, say: (outcome: AttemptOutcome) => cluster.outcome(attempt_id, outcome) };
}

describe('evidence about an attempt (safety.md §2)', () => {
  it('is on time under the lease of now', () => {
    const { cluster, say } = asked(1);
    say(refused);
    expect(settled(cluster)).toMatchObject([{ late: false }]);
  });
  it.each([
    ['an older lease', (c: SimulatedCluster) => ({ ...c.lease, token: 0 })],
    ['an older epoch', (c: SimulatedCluster) => ({ ...c.lease, epoch: 0, token: 9 })],
  ])('is late under %s, and counts', (_title, leaseOf) => {
    const { cluster, attempt_id } = asked(1);
    cluster.outcome(attempt_id, refused, leaseOf(cluster));
    expect(settled(cluster)).toMatchObject([{ outcome: 'refused', late: true }]);
  });
  it('is on time under a lease that is newer than the record', () => {
    const { cluster, attempt_id } = asked(1);
    cluster.outcome(attempt_id, refused, { ...cluster.lease, token: 2 });
    expect(settled(cluster)).toMatchObject([{ late: false }]);
  });
  it('is late without any lease', () => {
    const { cluster, attempt_id } = asked(1);
    cluster.execute({ type: 'RecordOutcome', data: { ...ids, attempt_id, outcome: refused } });
    expect(settled(cluster)).toMatchObject([{ late: true }]);
  });
  it('about an attempt that is not known says nothing', () => {
    const { cluster } = asked(1);
    const before = cluster.log.length;
    expect(cluster.outcome('nobody', refused)).toEqual({ kind: 'none' });
    expect(cluster.outcome('nobody', { kind: 'node_action', result: 'accepted' })).toEqual({ kind: 'none' });
    expect(cluster.log).toHaveLength(before);
  });
});

describe('the word about an attempt that was asked once', () => {
  it.each<[AttemptOutcome, object]>([
    [refused, { outcome: 'refused', count: null, node_ids: null, error: { error_msg: 'no room' } }],
    [notSent, { outcome: 'refused', error: { error_msg: 'NOT_SENT' } }],
    [unknown, { outcome: 'unknown', error: { error_msg: 'no answer' } }],
    [
      { kind: 'provision', result: 'accepted', count: 2, node_ids: ['a', 'b'] },
      { outcome: 'accepted', count: 2, node_ids: ['a', 'b'], error: null },
    ],
  ])('$result is recorded as it is', (outcome, recorded) => {
    const { cluster, attempt_id, say } = asked(1);
    say(outcome);
    expect(settled(cluster)).toMatchObject([{ ...ids, attempt_id, late: false, ...recorded }]);
  });
  it('that it is unknown is recorded once', () => {
    const { cluster, say } = asked(1);
    say(unknown);
    say(unknown);
    expect(settled(cluster)).toHaveLength(1);
  });
});

describe('the word about one request of an attempt that was asked more than once', () => {
  it.each([
    [refused, { error_msg: 'no room' }],
    [notSent, { error_msg: 'NOT_SENT' }],
  ])('$result makes its outcome unknown, and says why', (outcome, error) => {
    const { cluster, say } = asked(2);
    say(outcome);
    expect(settled(cluster)).toMatchObject([{ outcome: 'unknown', error, late: false }]);
  });
  it.each([refused, notSent])('$result of one that is unknown already changes nothing', outcome => {
    const { cluster, say } = asked(2);
    say(unknown);
    say(outcome);
    expect(settled(cluster)).toHaveLength(1);
  });
});

describe("an operator's word", () => {
  const settle = (cluster: SimulatedCluster, attempt_id: string, provisioned = false) =>
    cluster.execute({ type: 'SettleProvision', data: { ...ids, attempt_id, provisioned } });

  it('is refused about an attempt that nobody knows, or that goes on', () => {
    const { cluster, attempt_id } = asked(1);
    expect(settle(cluster, 'nobody')).toBe('NOTHING_TO_SETTLE');
    expect(settle(cluster, attempt_id)).toBe('NOTHING_TO_SETTLE');
  });
  it('is refused about an attempt whose outcome is known, though its action was given up', () => {
    const { cluster, attempt_id, say } = asked(1);
    say({ kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    const [action_id = ''] = [...cluster.state.orchestratorActions.keys()];
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    expect(settle(cluster, attempt_id)).toBe('NOTHING_TO_SETTLE');
  });
  it.each([
    [true, { outcome: 'settled_by_operator', count: 1, late: false }],
    [false, { outcome: 'not_shown', count: null, late: false }],
  ])('ends an attempt whose action was given up before it had an outcome: %s', (provisioned, recorded) => {
    const { cluster, attempt_id } = asked(1);
    const [action_id = ''] = [...cluster.state.orchestratorActions.keys()];
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    expect(settle(cluster, attempt_id, provisioned)).toEqual({ kind: 'none' });
    expect(settled(cluster)).toMatchObject([{ ...ids, attempt_id, ...recorded }]);
  });
});

describe('evidence about an action on a node', () => {
  const error = { error_msg: 'agent answered 500' };
  function sentOnce() {
    const cluster = convergedCluster(1);
    const sent: Instruction[] = [];
    cluster.fate = instruction => {
      sent.push(instruction);
      return 'dropped';
    };
    cluster.execute({
      type: 'CreateNodeAction',
      data: {
        action: { ...ids, node_id: 'pg-1', action_id: 'a', args: null, kind: 'example.com/x', metadata: {} },
        approval: 'granted',
      },
    });
    cluster.cycle();
    return { cluster, attempt_id: sent[0]?.attempt_id ?? '' };
  }
  const failures = (cluster: SimulatedCluster) =>
    cluster.log.flatMap(({ event }) =>
      event.type === 'cluster.NodeActionScheduleFailed.v1' ? [event.data] : [],
    );

  it.each(['failed', 'unknown'] as const)('that it %s counts once as an attempt', result => {
    const { cluster, attempt_id } = sentOnce();
    cluster.outcome(attempt_id, { kind: 'node_action', result, error });
    cluster.outcome(attempt_id, { kind: 'node_action', result, error });
    expect(failures(cluster)).toMatchObject([
      {
        attempt_id,
        late: false,
        action: {
          finished_time: null,
          state: { phase: 'PENDING_SCHEDULE', error: { attempts: 1, last_error: error } },
        },
      },
    ]);
  });
  it('says nothing any more once the agent itself shows the action', () => {
    const { cluster, attempt_id } = sentOnce();
    cluster.nodes.get('pg-1')?.actions.set('a', {
      id: 'a',
      args: null,
      created_time: '2026-01-01T00:00:00.000Z',
      finished_time: null,
      kind: 'example.com/x',
      metadata: {},
      scheduled_time: '2026-01-01T00:00:00.000Z',
      state: { phase: 'RUNNING', error: null, payload: null },
    });
    cluster.agentPhase = () => 'RUNNING';
    cluster.cycle();
    cluster.outcome(attempt_id, { kind: 'node_action', result: 'failed', error });
    expect(failures(cluster)).toEqual([]);
  });
});
