import { describe, expect, it } from '@jest/globals';
import type { Json } from '@replicante/kernel';
import type { Namespace } from '../../model/namespace.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster, namespaceOf } from '../simulated-cluster.fixture.js';
import { declaring, fresh, ids, said } from '../rules/asked.fixture.js';

const RULE = 'orchestrator-action-schedule';
const LOOP = 'core.replicante.io/test.loop';
const quiet = (): SimulatedCluster => fresh(0, declaring(0, { active: false }));
const decided = (cluster: SimulatedCluster) => cluster.latest(RULE);

function create(
  cluster: SimulatedCluster,
  action_id: string,
  more: {
    kind?: string;
    args?: Json;
    approval?: 'granted' | 'required';
    timeout?: { secs: number; nanos: number } | null;
  } = {},
): void {
  const { kind = LOOP, args = { target: 9 }, approval = 'granted', timeout = null } = more;
  cluster.execute({
    type: 'CreateOrchestratorAction',
    data: { action: { ...ids, action_id, args, kind, metadata: { by: 'test' }, timeout }, approval },
  });
}
const recorded = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.OrchestratorActionProgressed.v1' ||
    event.type === 'cluster.OrchestratorActionFinished.v1'
      ? [{ type: event.type, action: event.data.action }]
      : [],
  );

describe('an action of Core that starts', () => {
  it('is started by a decision that names it, and what it does is caused by that', () => {
    const cluster = quiet();
    const at = new Date(cluster.nowMs).toISOString();
    create(cluster, 'a', { args: { target: 2 } });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      subject: 'cluster',
      outcome: 'act',
      reason: 'ACTION_STARTED',
      message: `${LOOP} is started`,
      waits_on: ['a'],
      facts: [said('state', 'action:a.kind', LOOP)],
    });
    expect(decided(cluster)?.caused).toHaveLength(1);
    expect(recorded(cluster)).toMatchObject([
      {
        type: 'cluster.OrchestratorActionProgressed.v1',
        action: {
          ...ids,
          action_id: 'a',
          created_ts: at,
          scheduled_ts: at,
          finished_ts: null,
          state: 'RUNNING',
          state_payload: { count: 1, target: 2 },
          state_payload_error: null,
          metadata: { by: 'test' },
        },
      },
    ]);
  });

  it('is the oldest, by id where two are as old, whatever the order in which they came', () => {
    const cluster = quiet();
    for (const id of ['c', 'a', 'b']) create(cluster, id, { kind: 'core.replicante.io/test.success' });
    cluster.nowMs -= 1;
    create(cluster, 'z', { kind: 'core.replicante.io/test.success' });
    cluster.nowMs += 1;
    cluster.cycle();
    expect(recorded(cluster).map(r => r.action.action_id)).toEqual(['z', 'a', 'b', 'c']);
    expect(decided(cluster)?.reason).toBe('NOTHING_TO_SCHEDULE');
  });

  it('counts to ten where nobody says how far', () => {
    const cluster = quiet();
    create(cluster, 'a', { args: null });
    cluster.cycle();
    expect(recorded(cluster)[0]?.action.state_payload).toEqual({ count: 1, target: 10 });
  });
});

describe('an action of Core that goes on', () => {
  it('says for what it waits, and stands in the decision', () => {
    const cluster = quiet();
    create(cluster, 'a');
    cluster.cycle();
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'ORCHESTRATOR_ACTION_IN_PROGRESS',
      message: 'Counts to 9',
      waits_on: ['a'],
      facts: [said('state', 'action:a.kind', LOOP)],
      settled: false,
    });
  });

  it.each<Namespace['status']>(['Active', 'Observed', 'Deleting'])(
    'goes on in a namespace that becomes %s, and the next does not start beside it',
    status => {
      const cluster = quiet();
      create(cluster, 'a', { args: { target: 3 } });
      create(cluster, 'b');
      cluster.cycle();
      cluster.namespace = namespaceOf(status);
      cluster.cycle();
      expect(cluster.state.orchestratorActions.get('a')?.state_payload).toEqual({ count: 2, target: 3 });
      expect(cluster.state.orchestratorActions.get('b')?.state).toBe('PENDING_SCHEDULE');
    },
  );
});

describe('an action of Core that ends', () => {
  const last = (cluster: SimulatedCluster) => recorded(cluster).at(-1);

  it('is finished then, keeps its payload, and lets nothing be said of it any more', () => {
    const cluster = quiet();
    create(cluster, 'a', { args: { target: 2 } });
    cluster.cycle();
    const at = new Date(cluster.nowMs).toISOString();
    cluster.cycle();
    expect(last(cluster)).toMatchObject({
      type: 'cluster.OrchestratorActionFinished.v1',
      action: { state: 'DONE', finished_ts: at, state_payload: { count: 2, target: 2 } },
    });
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'NOTHING_TO_SCHEDULE',
      waits_on: [],
      facts: [],
      settled: true,
    });
  });

  it.each<[string, string, Json, Json]>([
    [
      'nobody knows its kind',
      'example.com/x',
      null,
      { error_msg: 'Unknown orchestrator action', error_cause: 'example.com/x' },
    ],
    [
      'it was made to fail',
      'core.replicante.io/test.fail',
      null,
      { error_msg: 'This action fails by design' },
    ],
    [
      'its target is a word',
      LOOP,
      { target: 'x' },
      { error_msg: 'args.target must be a whole number', error_cause: 'got "x"' },
    ],
    [
      'its target is no whole number',
      LOOP,
      { target: 1.5 },
      { error_msg: 'args.target must be a whole number', error_cause: 'got 1.5' },
    ],
  ])('fails with the reason: %s', (_title, kind, args, error) => {
    const cluster = quiet();
    create(cluster, 'a', { kind, args });
    cluster.cycle();
    expect(last(cluster)?.action).toMatchObject({ state: 'FAILED', state_payload_error: error });
  });

  it('fails at the first cycle after its deadline, not at the deadline', () => {
    const cluster = quiet();
    create(cluster, 'a', { timeout: { secs: 10, nanos: 500_000_000 } });
    const began = cluster.nowMs;
    cluster.cycle();
    cluster.nowMs = began + 10_500;
    cluster.cycle();
    expect(last(cluster)?.action.state).toBe('RUNNING');
    cluster.nowMs = began + 10_501;
    cluster.cycle();
    expect(last(cluster)?.action).toMatchObject({
      state: 'FAILED',
      state_payload: { count: 2, target: 9 },
      state_payload_error: { error_msg: 'Timed out', error_cause: 'not finished within 10.5 s' },
    });
  });

  it('is left by its handler after ten minutes', () => {
    const cluster = quiet();
    create(cluster, 'a', { args: { target: 1_000_000 } });
    const began = cluster.nowMs;
    cluster.cycle();
    cluster.nowMs = began + 600_000;
    cluster.cycle();
    expect(last(cluster)?.action.state).toBe('RUNNING');
    cluster.nowMs = began + 600_001;
    cluster.cycle();
    expect(last(cluster)?.action.state).toBe('FAILED');
  });
});

describe('actions of Core that are not started', () => {
  it('because each waits for approval: the decision says which', () => {
    const cluster = quiet();
    create(cluster, 'b', { approval: 'required', kind: 'example.com/b' });
    create(cluster, 'a', { approval: 'required', kind: 'example.com/a' });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      subject: 'cluster',
      outcome: 'hold',
      reason: 'WAITS_FOR_APPROVAL',
      message: 'example.com/a, example.com/b waits for approval',
      waits_on: ['a', 'b'],
      settled: false,
    });
  });

  it.each<[Namespace['status'], string]>([
    ['Observed', 'OBSERVE_MODE'],
    ['Deleting', 'DELETE_MODE'],
  ])('because the namespace is %s', (status, reason) => {
    const cluster = quiet();
    cluster.namespace = namespaceOf();
    create(cluster, 'a');
    create(cluster, 'b', { approval: 'required' });
    cluster.namespace = namespaceOf(status);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'suppress', reason, waits_on: ['a', 'b'] });
    expect(recorded(cluster)).toEqual([]);
  });
});

it('a cluster at rest invokes no handler and records no action', () => {
  const cluster = convergedCluster(1);
  const before = recorded(cluster).length;
  cluster.cycle();
  expect(recorded(cluster)).toHaveLength(before);
});
