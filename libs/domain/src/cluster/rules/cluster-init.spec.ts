import { describe, expect, it } from '@jest/globals';
import type { NodeSearch } from '../../model/node-search.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { specOf } from '../simulated-cluster.fixture.js';
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

const KIND = 'agent.replicante.io/cluster.init';
const decided = (cluster: SimulatedCluster) => cluster.latest('cluster-init');
const initialise = (search: NodeSearch | null, action_args: { readonly force: boolean } | null = null) => ({
  initialise: { mode: 'SingleNode' as const, action_args, search },
});
const required = { approval: 'required' } as const;
const grace = (minutes: number, seconds: number | null = null) => ({
  graces: { expand: 0, init: minutes, scale_up: 0 },
  timings_seconds: { expand: null, init: seconds, scale_up: null, stable_after: 5 },
});

describe('a cluster whose nodes are all outside of any', () => {
  it('is initialised on the first by id, and the others are named with why not', () => {
    const cluster = fresh(3);
    cluster.cycle();
    const [action, ...others] = nodeActionsOf(cluster);
    expect(others).toEqual([]);
    expect(action).toMatchObject({
      ...ids,
      node_id: 'pg-1',
      kind: KIND,
      args: null,
      metadata: { 'replicante.io/rule': 'cluster-init', 'replicante.io/subject': 'cluster' },
      state: { phase: 'PENDING_SCHEDULE', error: null, payload: null },
    });
    expect(action?.action_id).toMatch(/:cluster-init cluster$/);
    expect(decided(cluster)).toMatchObject({
      subject: 'cluster',
      outcome: 'act',
      reason: 'ACTION_CREATED',
      alternatives: [
        { option: 'initialise on pg-2', reason: 'sorts after the target' },
        { option: 'initialise on pg-3', reason: 'sorts after the target' },
      ],
      waits_on: [action?.action_id],
      facts: [
        said('spec', 'initialise.mode', 'SingleNode'),
        said('state', 'init_action', null),
        seen('pg-1', 'NOT_IN_CLUSTER'),
        seen('pg-2', 'NOT_IN_CLUSTER'),
        seen('pg-3', 'NOT_IN_CLUSTER'),
      ],
    });
    expect(notesOf(cluster)).toContainEqual(['Decision', 'Scheduled cluster initialisation on node']);
  });

  it('is initialised where initialise.search says, with the arguments of the spec', () => {
    const search = { matches: { zone: 'b' }, max_results: null, sort_by: ['-node_id'] };
    const cluster = fresh(3, declaring(3, initialise(search, { force: true })));
    for (const id of ['pg-2', 'pg-3']) nodeOf(cluster, id).attributes = { zone: 'b' };
    cluster.cycle();
    expect(nodeActionsOf(cluster)).toMatchObject([{ node_id: 'pg-3', args: { force: true } }]);
    expect(decided(cluster)?.alternatives).toEqual([
      { option: 'initialise on pg-1', reason: 'initialise.search does not match it' },
      { option: 'initialise on pg-2', reason: 'sorts after the target' },
    ]);
  });

  it('is refused, and that is an error of the report, when initialise.search finds no node', () => {
    const search = { matches: { zone: 'b' }, max_results: null, sort_by: [] };
    const cluster = fresh(2, declaring(2, initialise(search)));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      subject: 'cluster',
      outcome: 'reject',
      reason: 'NO_INIT_TARGET',
      settled: false,
    });
    expect(notesOf(cluster)).toContainEqual(['Error', 'Cluster convergence step failed']);
    expect(nodeActionsOf(cluster)).toEqual([]);
  });

  it('waits for a person where the declaration says so, and for nothing else meanwhile', () => {
    const cluster = fresh(1, declaring(1, required));
    cluster.cycle();
    expect(nodeActionsOf(cluster)).toMatchObject([{ state: { phase: 'PENDING_APPROVE' } }]);
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      reason: 'ACTION_UNFINISHED',
      waits_on: [nodeActionsOf(cluster)[0]?.action_id],
    });
    expect(nodeActionsOf(cluster)).toHaveLength(1);
  });

  it('is initialised though an action of another kind is open', () => {
    const cluster = fresh(1, declaring(1, required));
    nodeActionByHand(cluster, 'example.com/other');
    cluster.cycle();
    expect(decided(cluster)?.outcome).toBe('act');
  });
});

describe('a cluster is not initialised', () => {
  it('while its mode is Auto', () => {
    const cluster = fresh(1, declaring(1, { initialise: { mode: 'Auto', action_args: null, search: null } }));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'MODE_AUTO', waits_on: [] });
  });

  it('while it has no node', () => {
    const cluster = fresh(0, specOf(0));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'NO_NODES' });
  });

  it('while nodes were not polled, and they are named', () => {
    const cluster = fresh(3);
    cluster.cycle(['pg-1']);
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'FACTS_MISSING',
      message: 'Not polled in this cycle: pg-2, pg-3',
    });
  });

  it('while nodes are something else, and they are named', () => {
    const cluster = fresh(3);
    for (const id of ['pg-1', 'pg-3']) nodeOf(cluster, id).status = 'UNAVAILABLE';
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'NODES_NOT_READY',
      message: 'Not NOT_IN_CLUSTER: pg-1, pg-3',
    });
  });

  it('again by itself when one was sent and no member came of it', () => {
    const cluster = fresh(1);
    cluster.agentPhase = () => 'FAILED';
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'INIT_DISPATCHED_BEFORE',
      waits_on: [nodeActionsOf(cluster)[0]?.action_id],
    });
    expect(nodeActionsOf(cluster)).toHaveLength(1);
  });

  it('again by itself when a person rejected it', () => {
    const cluster = fresh(1, declaring(1, required));
    cluster.cycle();
    const action_id = nodeActionsOf(cluster)[0]?.action_id ?? '';
    cluster.execute({ type: 'RejectAction', data: { ...ids, action_id } });
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'REJECTED_BY_PERSON',
      message: 'Initialisation was rejected by a person; change the spec or retry the rule',
    });
    expect(nodeActionsOf(cluster)).toHaveLength(1);
  });

  it.each([
    ['the minutes that the spec grants', grace(1), 60_000],
    ['the seconds, which override the minutes', grace(1, 25), 25_000],
  ])('again within %s', (_title, timing, ms) => {
    const cluster = fresh(1, declaring(1, { ...required, ...timing }));
    cluster.cycle();
    const action_id = nodeActionsOf(cluster)[0]?.action_id ?? '';
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    cluster.nowMs += ms - 10_001;
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'IN_GRACE' });
    cluster.nowMs -= 9_999;
    cluster.cycle();
    expect(decided(cluster)?.outcome).toBe('act');
  });
});
