import { describe, expect, it } from '@jest/globals';
import type { ClusterDeclaration } from '../../model/cluster-spec.js';
import type { Instruction } from '../commands.js';
import { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { declaring, discoverIn, fresh, ids, notesOf, orchestratorActionsOf, said } from './asked.fixture.js';

const PROVISION = 'core.replicante.io/platform.provision';
const decided = (cluster: SimulatedCluster, group = 'main') =>
  cluster.latest('node-scale-up', `group:${group}`);
const timings = (scale_up: number | null, stable_after: number | null) => ({
  timings_seconds: { expand: null, init: null, scale_up, stable_after },
});

/** Groups of so many nodes each; nothing is sent to the platform but what `sent` shows. */
function grouped(counts: Readonly<Record<string, number>>, change: Partial<ClusterDeclaration> = {}) {
  const cluster = new SimulatedCluster();
  const sent: Instruction[] = [];
  cluster.fate = instruction => {
    sent.push(instruction);
    return 'dropped';
  };
  const group = { node_class: 'small', store_version: null, attributes: {} };
  const nodes = Object.fromEntries(
    Object.entries(counts).map(([id, desired_count]) => [id, { ...group, desired_count }]),
  );
  const definition = { cluster_id: 'pg', store: 'postgresql', store_version: '18', attributes: {}, nodes };
  cluster.apply(declaring(0, { definition, ...change }));
  return { cluster, sent };
}
function byHand(cluster: SimulatedCluster, kind: string, group = 'main'): void {
  cluster.execute({
    type: 'CreateOrchestratorAction',
    data: {
      action: {
        ...ids,
        action_id: 'by-hand',
        args: { request: { count: 1, node_group_id: group }, target: 9 },
        kind,
        metadata: {},
        timeout: null,
      },
      approval: 'required',
    },
  });
}

describe('a group that is short of nodes', () => {
  it('gets none before its platform has said which exist: they may all be there already', () => {
    const { cluster, sent } = grouped({ main: 2 });
    cluster.asksForNew = false;
    cluster.cycle();
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NOT_DISCOVERED' });
    expect(sent).toEqual([]);
    discoverIn(cluster, { 'pg-1': 'main', 'pg-2': 'main' });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'AT_DESIRED_COUNT' });
    expect(orchestratorActionsOf(cluster)).toEqual([]);
  });

  it('gets one once its platform has said that it has none', () => {
    const { cluster } = grouped({ main: 1 });
    cluster.asksForNew = false;
    cluster.discover([]);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'act', reason: 'ACTION_CREATED' });
  });

  it('gets one by an action of Core, and the decision tells on what it stands', () => {
    const { cluster } = grouped({ main: 2 }, timings(null, 30));
    discoverIn(cluster, { 'pg-1': 'main', 'pg-2': 'other', 'pg-3': null });
    cluster.cycle();
    const [action, ...others] = orchestratorActionsOf(cluster);
    expect(others).toEqual([]);
    expect(action).toMatchObject({
      ...ids,
      kind: PROVISION,
      args: { request: { count: 1, node_group_id: 'main' }, stable_after: 30 },
      metadata: { 'replicante.io/rule': 'node-scale-up', 'replicante.io/subject': 'group:main' },
      state: 'PENDING_SCHEDULE',
      timeout: null,
    });
    expect(action?.action_id).toMatch(/:node-scale-up group:main$/);
    expect(decided(cluster)).toMatchObject({
      outcome: 'act',
      reason: 'ACTION_CREATED',
      message: 'Group main has 1 of 2 nodes: provisions one more',
      waits_on: [action?.action_id],
      facts: [said('spec', 'group:main.desired_count', 2), said('state', 'group:main.nodes', ['pg-1'])],
    });
    expect(notesOf(cluster)).toContainEqual(['Decision', 'Cluster scale-up action scheduled']);
  });

  it('leaves the time of stability to the action where the spec is silent', () => {
    const { cluster } = grouped({ main: 1 }, timings(null, null));
    cluster.cycle();
    expect(orchestratorActionsOf(cluster)[0]?.args).toEqual({ request: { count: 1, node_group_id: 'main' } });
  });

  it('waits for its turn: the first by id that is short comes first, and is named', () => {
    const { cluster } = grouped({ c: 1, a: 1, d: 1, b: 1 });
    discoverIn(cluster, { 'pg-1': 'a' });
    cluster.cycle();
    expect(decided(cluster, 'b')?.outcome).toBe('act');
    for (const group of ['c', 'd'])
      expect(decided(cluster, group)).toMatchObject({
        outcome: 'hold',
        reason: 'OTHER_GROUP_FIRST',
        message: 'Group b is short of nodes and comes first',
      });
    const order = cluster.decisions().filter(d => d.rule === 'node-scale-up');
    expect(order.map(d => d.subject)).toEqual(['group:a', 'group:b', 'group:c', 'group:d']);
  });

  it('waits while any provisioning of the cluster is unfinished', () => {
    const { cluster } = grouped({ main: 1, other: 0 });
    byHand(cluster, PROVISION, 'other');
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'ACTION_UNFINISHED',
      waits_on: ['by-hand'],
    });
    expect(orchestratorActionsOf(cluster)).toHaveLength(1);
  });

  it('does not wait for an action of another kind', () => {
    const { cluster } = grouped({ main: 1 });
    byHand(cluster, 'core.replicante.io/test.loop');
    cluster.cycle();
    expect(decided(cluster)?.outcome).toBe('act');
  });

  it.each([
    ['the minutes that the spec grants', { graces: { expand: 0, init: 0, scale_up: 1 } }, 60_000],
    ['the seconds, which override the minutes', timings(45, 5), 45_000],
  ])('waits after the one before for %s', (_title, change, ms) => {
    const { cluster } = grouped({ main: 1 }, change);
    const began = cluster.nowMs;
    cluster.cycle();
    const action_id = orchestratorActionsOf(cluster)[0]?.action_id ?? '';
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    cluster.nowMs = began + ms - 1;
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'IN_GRACE' });
    cluster.nowMs = began + ms;
    cluster.cycle();
    expect(decided(cluster)?.outcome).toBe('act');
  });
});

describe('an attempt whose node may still come', () => {
  /** The attempt for `main` was sent, its action is given up, and nobody said what became of it. */
  function abandoned(outcome: 'open' | 'unknown' | 'accepted') {
    const world = grouped({ main: 1, other: 0 });
    const { cluster, sent } = world;
    cluster.cycle();
    cluster.cycle();
    const attempt_id = sent[0]?.attempt_id ?? '';
    if (outcome === 'unknown')
      cluster.outcome(attempt_id, { kind: 'provision', result: 'unknown', error: { error_msg: '?' } });
    if (outcome === 'accepted')
      cluster.outcome(attempt_id, { kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    const action_id = orchestratorActionsOf(cluster)[0]?.action_id ?? '';
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    return { ...world, attempt_id };
  }
  const regroup = (cluster: SimulatedCluster, counts: { main: number; other: number }): void => {
    const { spec } = cluster.state;
    if (spec.status !== 'declared') throw new Error('not declared');
    const { definition } = spec.spec.declaration;
    const sized = Object.entries(definition?.nodes ?? {}).map(
      ([id, group]) => [id, { ...group, desired_count: counts[id as keyof typeof counts] }] as const,
    );
    const grown = definition && { ...definition, nodes: Object.fromEntries(sized) };
    cluster.apply({ ...spec.spec, declaration: { ...spec.spec.declaration, definition: grown } });
  };

  it.each(['open', 'unknown', 'accepted'] as const)('holds up its group while it is %s', outcome => {
    const { cluster, attempt_id } = abandoned(outcome);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'PROVISION_OUTCOME_UNKNOWN',
      waits_on: [attempt_id],
    });
    expect(orchestratorActionsOf(cluster)).toHaveLength(1);
  });

  it('holds up no other group', () => {
    const { cluster } = abandoned('unknown');
    regroup(cluster, { main: 0, other: 1 });
    cluster.cycle();
    expect(decided(cluster, 'other')?.outcome).toBe('act');
  });
});

describe('a group that is not short', () => {
  it('is left alone, and the numbers are told', () => {
    const { cluster } = grouped({ main: 2, more: 1 });
    discoverIn(cluster, { 'pg-1': 'main', 'pg-2': 'main', 'pg-3': 'more', 'pg-4': 'more' });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'AT_DESIRED_COUNT',
      message: 'Group main has 2 of 2 nodes',
      settled: true,
    });
    expect(decided(cluster, 'more')).toMatchObject({
      outcome: 'hold',
      reason: 'ABOVE_DESIRED_COUNT',
      message: 'Group more has 2 of 1 nodes: none is removed by itself',
      settled: false,
    });
  });

  it('counts a node that its platform does not show any more: it still exists', () => {
    const { cluster } = grouped({ main: 1 });
    discoverIn(cluster, { 'pg-1': 'main' });
    discoverIn(cluster, {});
    cluster.cycle();
    expect(decided(cluster)?.reason).toBe('AT_DESIRED_COUNT');
  });
});

it('a spec without definition asks for no nodes, and says so of the cluster', () => {
  const cluster = fresh(1, declaring(1, { definition: null }));
  cluster.cycle();
  expect(cluster.latest('node-scale-up')).toMatchObject({
    subject: 'cluster',
    outcome: 'hold',
    reason: 'NO_DEFINITION',
    facts: [said('spec', 'declaration.definition', null)],
  });
});
