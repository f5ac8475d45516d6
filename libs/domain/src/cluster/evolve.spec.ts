import { describe, expect, it } from '@jest/globals';
import { stored } from '../given.fixture.js';
import type { NodeAction, OrchestratorAction } from '../model/action.js';
import type { NodeStatus } from '../model/node.js';
import type { ShardRole } from '../model/shard.js';
import { clusterDecider } from './decide/index.js';
import type { ClusterEvent, ProvisionSettled } from './events.js';
import { initialCluster } from './state.js';
import type { ClusterState } from './state.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const fold = (...events: readonly ClusterEvent[]): ClusterState =>
  stored(events).reduce(clusterDecider.evolve, clusterDecider.initialState);

const node = (node_id: string, node_status: NodeStatus, quarantine: string | null = null): ClusterEvent => ({
  type: 'cluster.NodeChanged.v1',
  data: {
    node: { ...ids, node_id, node_status, details: null },
    before_status: null,
    quarantine,
    error: null,
    observer: 'w',
  },
});
const attributes = (node_id: string, changing: Readonly<Record<string, number>>): ClusterEvent => ({
  type: 'cluster.NodeChanged.v1',
  data: {
    node: {
      ...ids,
      node_id,
      node_status: 'HEALTHY',
      details: {
        address: { client: null, member: null },
        agent_version: { checkout: '', number: '1', taint: '' },
        attributes: changing,
        store_id: 's',
        store_version: { checkout: null, number: '1', extra: null },
      },
    },
    before_status: null,
    quarantine: null,
    error: null,
    observer: 'w',
  },
});
const removed = (node_id: string): ClusterEvent => ({
  type: 'cluster.NodeRemoved.v1',
  data: { node: { ...ids, node_id, node_status: 'UNREACHABLE', details: null } },
});
const shards = (node_id: string, ...roles: readonly (readonly [ShardRole, boolean])[]): ClusterEvent => ({
  type: 'cluster.NodeShardsChanged.v1',
  data: {
    ...ids,
    node_id,
    shards: roles.map(([role, fresh], i) => ({
      ...ids,
      node_id,
      shard_id: `s${i}`,
      commit_offset: null,
      lag: null,
      fresh,
      role,
    })),
  },
});
const primary = (id: string): ClusterEvent => shards(id, ['Primary', true]);

describe('the node last known as primary', () => {
  it.each<[string, readonly ClusterEvent[], string | null]>([
    ['is none before one said so', [shards('a', ['Secondary', true])], null],
    ['is none by a word that was stale already', [shards('a', ['Primary', false])], null],
    ['is the first that says so', [primary('a')], 'a'],
    ['is the first one still, while another claims it beside it', [primary('a'), primary('b')], 'a'],
    [
      'is another, once the first is stale',
      [primary('a'), shards('a', ['Primary', false]), primary('b')],
      'b',
    ],
    [
      'is the first one still, stale, while no other claims it',
      [primary('a'), shards('a', ['Primary', false])],
      'a',
    ],
    [
      'is who claimed it beside the first, once the first says that it is no more',
      [primary('a'), shards('c', ['Secondary', true]), primary('b'), shards('a', ['Secondary', true])],
      'b',
    ],
    ['is the first one still when it says no more and nobody else says so', [primary('a'), shards('a')], 'a'],
    [
      'is the first one still when another says that it is no primary',
      [primary('a'), primary('b'), shards('b', ['Secondary', true])],
      'a',
    ],
    [
      'is the first one still while one of its shards is',
      [primary('a'), primary('b'), shards('a', ['Primary', false], ['Secondary', true])],
      'a',
    ],
  ])('%s', (_title, events, is) => {
    expect(fold(...events).lastPrimary).toBe(is);
  });
});

describe('a cluster has had a member', () => {
  it.each<NodeStatus>(['HEALTHY', 'INCOMPLETE', 'UNHEALTHY', 'LEAVING_CLUSTER'])(
    'when a node was %s',
    status => {
      expect(fold(node('a', status)).everMember).toBe(true);
    },
  );
  it.each<NodeStatus>([
    'UNREACHABLE',
    'UNAVAILABLE',
    'NOT_IN_CLUSTER',
    'JOINING_CLUSTER',
    { UNKNOWN: 'HEALTHY' },
  ])('not because a node was %j', status => {
    expect(fold(node('a', status)).everMember).toBe(false);
  });
  it('not because a node was healthy that is not the node of the record', () => {
    expect(fold(node('a', 'HEALTHY', 'stranger')).everMember).toBe(false);
  });
  it('when a node held a primary', () => {
    expect([fold(primary('a')).everMember, fold(shards('a', ['Secondary', true])).everMember]).toEqual([
      true,
      false,
    ]);
  });
});

describe('what is remembered of attributes', () => {
  const changes = (state: ClusterState, key: string): readonly string[] =>
    state.attributeChanges.get(key) ?? [];

  it('is when each of them changed, and not the others', () => {
    const state = fold(attributes('a', { x: 1, y: 1 }), attributes('a', { x: 2, y: 1 }));
    expect([...state.attributeChanges]).toEqual([['a x', ['2026-01-01T00:00:01.000Z']]]);
  });
  it('is the last six changes', () => {
    const state = fold(...Array.from({ length: 12 }, (_, i) => attributes('a', { x: i })));
    expect(changes(state, 'a x')).toHaveLength(6);
    expect(changes(state, 'a x').at(-1)).toBe('2026-01-01T00:00:11.000Z');
  });
  it('is at most ten thousand names, the newest', () => {
    const named = (from: number) =>
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`n${from + i}`, from]));
    const state = fold(attributes('a', {}), attributes('a', named(0)));
    expect(state.attributeChanges.size).toBe(10_000);
    expect([state.attributeChanges.has('a n0'), state.attributeChanges.has('a n10000')]).toEqual([
      false,
      true,
    ]);
  });
  it('goes with its node, and only its', () => {
    const demoted = (node_id: string): ClusterEvent => ({
      type: 'cluster.AttributeDemoted.v1',
      data: { ...ids, node_id, attribute: 'x' },
    });
    const of = (id: string) => [attributes(id, { x: 1 }), attributes(id, { x: 2 }), demoted(id), primary(id)];
    const state = fold(...of('a'), ...of('ab'), removed('a'));
    expect([...state.attributeChanges.keys()]).toEqual(['ab x']);
    expect([...state.demoted]).toEqual(['ab x']);
    expect([...state.nodes.keys(), ...state.shards.keys(), ...state.nodeChanges.keys()]).toEqual([
      'ab',
      'ab',
      'ab',
    ]);
  });
});

const RULE = { 'replicante.io/rule': 'r', 'replicante.io/subject': 's' };
const nodeAction = (
  action_id: string,
  phase: NodeAction['state']['phase'],
  metadata: Readonly<Record<string, string>> = RULE,
  scheduled_time: string | null = '2026-01-01T00:00:00.000Z',
): NodeAction => ({
  ...ids,
  node_id: 'a',
  action_id,
  args: null,
  created_time: '2026-01-01T00:00:00.000Z',
  finished_time: null,
  kind: 'k',
  metadata,
  scheduled_time,
  state: { phase, error: null, payload: null },
});
const synced = (action: NodeAction): ClusterEvent => ({
  type: 'cluster.NodeActionSynced.v1',
  data: { action, imported: false },
});
const core = (action_id: string, state: OrchestratorAction['state']): OrchestratorAction => ({
  ...ids,
  action_id,
  args: null,
  created_ts: '2026-01-01T00:00:00.000Z',
  finished_ts: null,
  kind: 'k',
  metadata: RULE,
  scheduled_ts: null,
  state,
  state_payload: null,
  state_payload_error: null,
  timeout: null,
});

describe('failures in a row of what a rule created', () => {
  const failures = (...phases: readonly NodeAction['state']['phase'][]): number | undefined =>
    fold(...phases.map((phase, i) => synced(nodeAction(`x${i}`, phase)))).failures.get('r s');

  it('are counted by those that failed and those that were lost', () => {
    expect(failures('FAILED', 'LOST', 'FAILED')).toBe(3);
  });
  it('begin anew after one that is done', () => {
    expect([failures('FAILED', 'DONE'), failures('FAILED', 'DONE', 'FAILED')]).toEqual([undefined, 1]);
  });
  it('are not changed by one that was cancelled', () => {
    expect([failures('CANCELLED'), failures('FAILED', 'CANCELLED')]).toEqual([undefined, 1]);
  });
  it.each([{}, { 'replicante.io/rule': 'r' }, { 'replicante.io/subject': 's' }] as readonly Readonly<
    Record<string, string>
  >[])('are not counted of an action that names %j', metadata => {
    const rejected: ClusterEvent = {
      type: 'cluster.NodeActionRejected.v1',
      data: { action: nodeAction('y', 'CANCELLED', metadata) },
    };
    const state = fold(synced(nodeAction('x', 'FAILED', metadata)), rejected);
    expect([state.failures.size, state.rejected.size]).toEqual([0, 0]);
  });
});

describe('a finished action', () => {
  it.each<[NodeAction['state']['phase'], string | null, boolean]>([
    ['CANCELLED', 't', true],
    ['LOST', 't', true],
    ['DONE', 't', false],
    ['FAILED', 't', false],
    ['FAILED', null, true],
  ])('that was %s, scheduled %s, can come back from its agent: %s', (phase, scheduled, importable) => {
    const state = fold(synced(nodeAction('x', phase, {}, scheduled)));
    expect(state.finishedActions.get('x')).toMatchObject({ phase, importable });
  });
});

describe('attempts of a provisioning', () => {
  const intended = (attempt_id: string, action_id: string): ClusterEvent => ({
    type: 'cluster.ProvisionIntended.v1',
    data: {
      ...ids,
      action_id,
      attempt_id,
      node_group_id: 'main',
      count: 1,
      platform: { ns_id: null, name: 'local' },
      not_after: '2026-01-01T00:01:00.000Z',
    },
  });
  const settled = (
    attempt_id: string,
    action_id: string,
    outcome: ProvisionSettled['data']['outcome'],
  ): ClusterEvent => ({
    type: 'cluster.ProvisionSettled.v1',
    data: { ...ids, action_id, attempt_id, outcome, count: null, node_ids: null, error: null, late: false },
  });
  const ends = (action_id: string, state: 'CANCELLED' | 'DONE' | 'FAILED'): ClusterEvent => ({
    type: 'cluster.OrchestratorActionFinished.v1',
    data: { action: core(action_id, state) },
  });
  const left = (...events: readonly ClusterEvent[]): readonly string[] => [
    ...fold(...events).provisions.keys(),
  ];
  const created = (id: string): ClusterEvent => ({
    type: 'cluster.OrchestratorActionCreated.v1',
    data: { action: core(id, 'RUNNING') },
  });
  const begun = [created('p'), created('q'), intended('one', 'p'), intended('two', 'q')];

  it('are forgotten when their action ends and their outcome is known, and only those', () => {
    expect(
      left(...begun, settled('one', 'p', 'shown'), settled('two', 'q', 'shown'), ends('p', 'DONE')),
    ).toEqual(['two']);
  });
  it.each(['open', 'unknown'] as const)('are kept over the end of their action while %s', outcome => {
    const known = outcome === 'open' ? [] : [settled('one', 'p', outcome)];
    expect(left(...begun, ...known, ends('p', 'FAILED'))).toEqual(['one', 'two']);
  });
  it.each([
    ['DONE', ['two']],
    ['CANCELLED', ['one', 'two']],
    ['FAILED', ['one', 'two']],
  ] as const)(
    'that were accepted, when their action is %s, leave %j: a node may still come',
    (state, kept) => {
      expect(left(...begun, settled('one', 'p', 'accepted'), ends('p', state))).toEqual(kept);
    },
  );
  it.each(['refused', 'not_shown', 'shown'] as const)(
    'that were %s are forgotten though their action failed',
    o => {
      expect(left(...begun, settled('one', 'p', o), ends('p', 'FAILED'))).toEqual(['two']);
    },
  );
  it.each([
    ['unknown', ['one', 'two']],
    ['accepted', ['one', 'two']],
    ['not_shown', ['two']],
    ['settled_by_operator', ['two']],
  ] as const)('whose action has ended, told %s since, leave %j', (outcome, kept) => {
    expect(left(...begun, ends('p', 'CANCELLED'), settled('one', 'p', outcome))).toEqual(kept);
  });
  it('that are not known are not made up', () => {
    expect(left(created('p'), settled('none', 'p', 'accepted'))).toEqual([]);
  });
});

describe('a retry', () => {
  const held = (): ClusterState =>
    fold(
      ...[
        ['r', 's'],
        ['r', 't'],
        ['rr', 's'],
      ].map(([rule = '', subject = ''], i) =>
        synced(
          nodeAction(`x${i}`, 'FAILED', { 'replicante.io/rule': rule, 'replicante.io/subject': subject }),
        ),
      ),
    );
  const retried = (rule: string, subject: string): readonly string[] => {
    const [event] = stored<ClusterEvent>([
      { type: 'cluster.RetryRequested.v1', data: { ...ids, rule, subject } },
    ]);
    return event ? [...clusterDecider.evolve(held(), event).failures.keys()] : [];
  };
  it('is of one subject', () => {
    expect(retried('r', 's')).toEqual(['r t', 'rr s']);
  });
  it('is of every subject of the rule where it names the cluster, and of no other rule', () => {
    expect(retried('r', 'cluster')).toEqual(['rr s']);
  });
  it('of what is not held changes nothing', () => {
    expect(retried('s', 'r')).toEqual(['r s', 'r t', 'rr s']);
  });
});

describe('a state that was folded', () => {
  it('shares with the one before what the event did not touch, and never writes into it', () => {
    const before = fold(primary('a'), node('a', 'HEALTHY'));
    const [event] = stored<ClusterEvent>([shards('b', ['Secondary', true])]);
    const after = event ? clusterDecider.evolve(before, event) : before;
    expect(after.nodes).toBe(before.nodes);
    expect(after.shards).not.toBe(before.shards);
    expect([[...before.shards.keys()], [...after.shards.keys()]]).toEqual([['a'], ['a', 'b']]);
    expect(initialCluster.shards.size).toBe(0);
  });
  it('is plain data: it can be copied, and each part of it changed by the next', () => {
    const state = fold(primary('a'));
    expect({ ...state }).toEqual(state);
    for (const name of Object.keys(state))
      expect(Object.getOwnPropertyDescriptor(state, name)).toMatchObject({
        enumerable: true,
        writable: true,
        configurable: true,
        value: state[name as keyof ClusterState],
      });
  });
});
