import { describe, expect, it } from '@jest/globals';
import type { ClusterDeclaration } from '../../model/cluster-spec.js';
import type { NodeSearch } from '../../model/node-search.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster } from '../simulated-cluster.fixture.js';
import {
  declaring,
  fresh,
  ids,
  nodeActionByHand,
  nodeActionsOf,
  nodeOf,
  notesOf,
  said,
  seen,
} from './asked.fixture.js';

const ADD = 'agent.replicante.io/cluster.add';
const JOIN = 'agent.replicante.io/cluster.join';
const decided = (cluster: SimulatedCluster) => cluster.latest('cluster-expand');
const expand = (mode: 'Auto' | 'Add' | 'Join', target_member: NodeSearch | null = null) => ({
  expand: { mode, target_member },
});
const anyNode: NodeSearch = { matches: {}, max_results: null, sort_by: ['-node_id'] };

/** `members` converged, and `candidates` beside them that no cycle has seen yet. */
function growing(members: number, candidates: number, change: Partial<ClusterDeclaration> = {}) {
  const cluster = convergedCluster(members);
  for (let i = 0; i < candidates; i += 1) cluster.addNode();
  cluster.apply(declaring(members + candidates, change));
  cluster.discover();
  return cluster;
}
const added = (cluster: SimulatedCluster) =>
  nodeActionsOf(cluster).filter(a => a.kind === ADD || a.kind === JOIN);
const lastAdded = (cluster: SimulatedCluster) => added(cluster).at(-1);

describe('a node outside of the cluster', () => {
  it('joins through the member with the primary, the first by id before the others', () => {
    const cluster = growing(1, 2);
    cluster.discover(['pg-3', 'pg-2', 'pg-1']);
    cluster.cycle();
    const action = lastAdded(cluster);
    expect(added(cluster)).toHaveLength(1);
    expect(action).toMatchObject({
      ...ids,
      node_id: 'pg-2',
      kind: JOIN,
      args: { node: 'pg-1:5432' },
      metadata: { 'replicante.io/rule': 'cluster-expand', 'replicante.io/subject': 'node:pg-2' },
    });
    expect(action?.action_id).toMatch(/:cluster-expand node:pg-2$/);
    expect(decided(cluster)).toMatchObject({
      subject: 'cluster',
      outcome: 'act',
      reason: 'ACTION_CREATED',
      message: 'pg-2 joins through pg-1',
      alternatives: [],
      waits_on: [action?.action_id],
      facts: [
        said('spec', 'expand.mode', 'Join'),
        said('state', 'last_primary', 'pg-1'),
        seen('pg-3', 'NOT_IN_CLUSTER'),
        seen('pg-2', 'NOT_IN_CLUSTER'),
        seen('pg-1', 'HEALTHY'),
      ],
    });
    expect(notesOf(cluster)).toContainEqual(['Decision', 'Scheduled cluster expand action on node']);
  });

  it('is added by the member where the mode is Add', () => {
    const cluster = growing(1, 1, expand('Add'));
    cluster.cycle();
    expect(lastAdded(cluster)).toMatchObject({
      node_id: 'pg-1',
      kind: ADD,
      args: { node: 'pg-2:5432' },
      metadata: { 'replicante.io/subject': 'node:pg-2' },
    });
    expect(decided(cluster)?.message).toBe('Adds pg-2 by way of pg-1');
  });

  it('stays outside while the mode is Auto', () => {
    const cluster = growing(1, 1, expand('Auto'));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'MODE_AUTO' });
    expect(added(cluster)).toEqual([]);
  });

  it.each([ADD, JOIN])('waits while %s is unfinished anywhere in the cluster', kind => {
    const cluster = growing(1, 1);
    nodeActionByHand(cluster, kind);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'ACTION_UNFINISHED',
      waits_on: [`by-hand ${kind}`],
    });
  });

  it('does not wait for an action of another kind', () => {
    const cluster = growing(1, 1);
    nodeActionByHand(cluster, 'example.com/other');
    cluster.cycle();
    expect(decided(cluster)?.outcome).toBe('act');
  });

  it('is no candidate in a cycle in which it was not polled', () => {
    const cluster = growing(1, 1, expand('Auto'));
    cluster.cycle();
    cluster.apply(declaring(2, expand('Join')));
    cluster.cycle(['pg-1']);
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NO_NODE_TO_ADD' });
  });

  it.each([
    ['the minutes that the spec grants', 1, null, 60_000],
    ['the seconds, which override the minutes', 1, 40, 40_000],
  ])('waits after the one before for %s', (_title, minutes, seconds, ms) => {
    const cluster = growing(1, 2, {
      graces: { expand: minutes, init: 0, scale_up: 0 },
      timings_seconds: { expand: seconds, init: null, scale_up: null, stable_after: 5 },
    });
    const began = cluster.nowMs;
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'IN_GRACE' });
    cluster.nowMs = began + ms - 1;
    cluster.cycle();
    expect(added(cluster)).toHaveLength(1);
    cluster.nowMs = began + ms;
    cluster.cycle();
    expect(added(cluster).map(a => a.node_id)).toEqual(['pg-2', 'pg-3']);
  });
});

describe('a candidate that is passed over', () => {
  it('is one whose platform does not show it now', () => {
    const cluster = growing(1, 2, expand('Auto'));
    cluster.cycle();
    cluster.apply(declaring(3, expand('Join')));
    cluster.discover(['pg-1', 'pg-3']);
    cluster.cycle();
    expect(lastAdded(cluster)?.node_id).toBe('pg-3');
    expect(decided(cluster)?.alternatives).toEqual([
      { option: 'add pg-2', reason: 'missing from the platform' },
    ]);
  });

  it('is one that failed three times in a row', () => {
    const cluster = growing(1, 2);
    cluster.agentPhase = () => 'FAILED';
    for (let i = 0; i < 12 && lastAdded(cluster)?.node_id !== 'pg-3'; i += 1) cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'act',
      alternatives: [{ option: 'add pg-2', reason: 'failed 3 times in a row' }],
    });
  });

  it('leaves nobody: the reason is that of the first which may not be tried', () => {
    const cluster = growing(1, 1, { approval: 'required' });
    cluster.cycle();
    const action_id = lastAdded(cluster)?.action_id ?? '';
    expect(lastAdded(cluster)?.state).toEqual({ phase: 'PENDING_APPROVE', error: null, payload: null });
    cluster.execute({ type: 'RejectAction', data: { ...ids, action_id } });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'REJECTED_BY_PERSON',
      alternatives: [{ option: 'add pg-2', reason: 'was rejected by a person' }],
    });
  });

  it('leaves nobody: facts are missing when none of them may not be tried', () => {
    const cluster = growing(1, 1, expand('Auto'));
    cluster.cycle();
    cluster.apply(declaring(2, expand('Join')));
    cluster.discover(['pg-1']);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'FACTS_MISSING',
      alternatives: [{ option: 'add pg-2', reason: 'missing from the platform' }],
    });
  });
});

describe('the member through which a node comes in', () => {
  it('is the one with the primary, whatever its id', () => {
    const cluster = growing(2, 0);
    cluster.run();
    nodeOf(cluster, 'pg-1').role = 'Secondary';
    nodeOf(cluster, 'pg-2').role = 'Primary';
    cluster.addNode();
    cluster.discover();
    cluster.cycle();
    expect(decided(cluster)?.message).toBe('pg-3 joins through pg-2');
  });

  it('is the one with the most primaries', () => {
    const cluster = growing(2, 0);
    cluster.run();
    cluster.addNode();
    const shard = (id: string, role: 'Primary' | 'Secondary') => ({
      id,
      role,
      commit_offset: null,
      lag: null,
    });
    cluster.tamper = answer => ({
      ...answer,
      shards: {
        ok: true,
        value:
          answer.node_id === 'pg-1'
            ? [shard('a', 'Primary'), shard('b', 'Secondary')]
            : answer.node_id === 'pg-2'
              ? [shard('b', 'Primary'), shard('c', 'Primary')]
              : [],
      },
    });
    cluster.discover();
    cluster.cycle();
    expect(decided(cluster)?.message).toBe('pg-3 joins through pg-2');
  });

  it('has a member address, else there is none by default', () => {
    const cluster = growing(1, 1);
    withoutMemberAddress(cluster, 'pg-1');
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NO_TARGET_MEMBER', alternatives: [] });
    expect(notesOf(cluster)).toContainEqual([
      'Decision',
      'Not expanding cluster: could not find a healthy member',
    ]);
  });

  it.each([
    ['the member, which is joined', 'Join', 'pg-1'],
    ['the candidate, which is added', 'Add', 'pg-2'],
  ] as const)('needs the address of %s', (_title, mode, id) => {
    const cluster = growing(1, 1, expand(mode, anyNode));
    withoutMemberAddress(cluster, id);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'reject',
      reason: 'TARGET_ADDRESS_MISSING',
      message: `${id} reports no member address`,
    });
    expect(notesOf(cluster)).toContainEqual(['Error', 'Cluster convergence step failed']);
    expect(added(cluster)).toEqual([]);
  });

  it('is in service, whatever expand.target_member would find', () => {
    const cluster = growing(2, 0, expand('Join', anyNode));
    cluster.run();
    nodeOf(cluster, 'pg-2').status = 'UNHEALTHY';
    cluster.addNode();
    cluster.discover();
    cluster.cycle();
    expect(decided(cluster)?.message).toBe('pg-3 joins through pg-1');
  });

  it('is not there when no node ever held a primary', () => {
    const cluster = fresh(2, declaring(2, {}));
    Object.assign(nodeOf(cluster, 'pg-1'), { status: 'HEALTHY', identity: 'i', role: 'Secondary' });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NO_TARGET_MEMBER' });
  });
});

function withoutMemberAddress(cluster: SimulatedCluster, id: string): void {
  cluster.tamper = answer =>
    answer.node_id === id && answer.node.ok
      ? {
          ...answer,
          node: { ok: true, value: { ...answer.node.value, address: { client: 'c:1', member: null } } },
        }
      : answer;
}
