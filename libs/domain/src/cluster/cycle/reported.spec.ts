import { describe, expect, it } from '@jest/globals';
import type { NodeObservation } from '../../model/observation.js';
import { clusterDecider } from '../decide/index.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster, namespaceOf, specOf } from '../simulated-cluster.fixture.js';
import { DOWN } from '../simulated-node.fixture.js';
import { declaring, fresh, ids, nodeOf } from '../rules/asked.fixture.js';
import { convergenceOf } from './convergence.js';

const report = (cluster: SimulatedCluster) => {
  const last = cluster.log.findLast(e => e.event.type === 'cluster.OrchestrateReportRecorded.v1')?.event;
  if (last?.type !== 'cluster.OrchestrateReportRecorded.v1') throw new Error('no report');
  return last.data.report;
};
const errorNotes = (cluster: SimulatedCluster) => report(cluster).notes.filter(n => n.category === 'Error');
const only =
  (id: string, change: (seen: NodeObservation) => NodeObservation) =>
  (seen: NodeObservation): NodeObservation =>
    seen.node_id === id ? change(seen) : seen;
const details = DOWN.error;
const notPolled = { ok: false, kind: 'not_polled', error: { error_msg: 'no time' } } as const;

describe('the report of a cycle', () => {
  it('says mode and beginning, and of each step that did something what it was', () => {
    const cluster = fresh(0, specOf(1));
    const at = cluster.nowMs;
    cluster.cycle();
    expect(report(cluster)).toEqual({
      ...ids,
      mode: 'sync',
      start_time: new Date(at - 10).toISOString(),
      notes: [
        {
          category: 'Decision',
          message: 'Cluster scale-up action scheduled',
          data: {
            'step-id': 'node-scale-up',
            message: 'Group main has 0 of 1 nodes: provisions one more',
          },
        },
      ],
    });
  });

  it('says nothing of a step that was not taken', () => {
    const cluster = fresh(0, specOf(1));
    cluster.namespace = namespaceOf('Observed');
    cluster.cycle();
    expect(report(cluster)).toMatchObject({ mode: 'observe', notes: [] });
  });

  it('says of a step that was refused what is wrong, in every mode', () => {
    const search = { matches: { zone: 'none' }, max_results: null, sort_by: [] };
    const cluster = fresh(1, declaring(1, { initialise: { mode: 'SingleNode', action_args: null, search } }));
    cluster.namespace = namespaceOf('Observed');
    cluster.cycle();
    expect(errorNotes(cluster)).toMatchObject([{ data: { 'step-id': 'cluster-init' } }]);
  });

  it.each<[string, string, (seen: NodeObservation) => NodeObservation]>([
    ['the agent did not answer', 'Node processing interrupted early', seen => ({ ...seen, node: DOWN })],
    [
      'its store could not be read',
      'Skipped sync of Store Info for node',
      seen => ({ ...seen, store: DOWN }),
    ],
    ['its shards could not be read', 'Skipped sync of Shards Info for node', s => ({ ...s, shards: DOWN })],
    ['its queue could not be read', 'Node processing interrupted early', seen => ({ ...seen, queue: DOWN })],
    ['its finished list failed', 'Node processing interrupted early', seen => ({ ...seen, finished: DOWN })],
  ])('says of a node that %s', (_title, message, change) => {
    const cluster = convergedCluster(3);
    cluster.tamper = only('pg-2', change);
    cluster.cycle();
    expect(errorNotes(cluster)).toEqual([{ category: 'Error', message, data: { node_id: 'pg-2', details } }]);
  });

  it('says of each action that could not be read which it was, up to twenty of a node', () => {
    const cluster = convergedCluster(2);
    cluster.run();
    const actions = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`a${i + 10}`, DOWN]));
    cluster.tamper = only('pg-2', seen => ({ ...seen, actions }));
    cluster.cycle();
    expect(errorNotes(cluster)).toHaveLength(20);
    expect(errorNotes(cluster)[0]).toEqual({
      category: 'Error',
      message: 'Skipped node action sync for node',
      data: { node_id: 'pg-2', action_id: 'a10', details },
    });
  });

  it('says nothing of what was not asked', () => {
    const cluster = convergedCluster(2);
    cluster.run();
    const before = cluster.log.length;
    cluster.tamper = only('pg-2', seen => ({ ...seen, queue: notPolled, actions: { a: notPolled } }));
    cluster.cycle();
    cluster.tamper = only('pg-2', seen => ({ ...seen, actions: { a: notPolled } }));
    cluster.cycle();
    expect(cluster.types().slice(before)).toEqual([]);
  });

  it('says of a node that answers as another', () => {
    const cluster = convergedCluster(3);
    nodeOf(cluster, 'pg-2').nodeId = 'x';
    cluster.cycle();
    expect(errorNotes(cluster)).toEqual([
      {
        category: 'Error',
        message: 'Node is not the node of the record',
        data: {
          node_id: 'pg-2',
          details: { error_msg: "the agent at the address of 'pg-2' answers as node 'x'" },
        },
      },
    ]);
  });
});

describe('what would be done, and may not', () => {
  it('is kept with its facts, and as the first alternative, before those that it had itself', () => {
    const cluster = fresh(2);
    cluster.namespace = namespaceOf('Observed');
    cluster.cycle();
    expect(cluster.latest('cluster-init')).toMatchObject({
      subject: 'cluster',
      outcome: 'suppress',
      reason: 'OBSERVE_MODE',
      message: 'Would act: Every node is outside of a cluster: initialises it on pg-1',
      alternatives: [
        {
          option: 'Every node is outside of a cluster: initialises it on pg-1',
          reason: 'suppressed by OBSERVE_MODE',
        },
        { option: 'initialise on pg-2', reason: 'sorts after the target' },
      ],
    });
    expect(cluster.latest('cluster-init')?.facts).toHaveLength(4);
  });

  it('is only what would be done: what waits says why, in every mode', () => {
    const cluster = fresh(2);
    cluster.namespace = namespaceOf('Observed');
    cluster.cycle(['pg-1']);
    expect(cluster.latest('cluster-init')).toMatchObject({ outcome: 'hold', reason: 'FACTS_MISSING' });
  });

  it('stands on no fact of a node that the worker had no time to ask', () => {
    const cluster = fresh(2);
    cluster.tamper = only('pg-2', seen => ({ ...seen, node: notPolled }));
    cluster.cycle();
    expect(cluster.latest('cluster-init')).toMatchObject({ outcome: 'hold', reason: 'FACTS_MISSING' });
  });
});

describe('convergence', () => {
  const changes = (cluster: SimulatedCluster) =>
    cluster.log.flatMap(({ event }) => (event.type === 'cluster.ConvergenceChanged.v1' ? [event.data] : []));

  it('is told with the numbers on which it stands', () => {
    const cluster = convergedCluster(3);
    cluster.run();
    nodeOf(cluster, 'pg-1').up = false;
    cluster.cycle();
    expect(changes(cluster).at(-1)).toMatchObject({
      ...ids,
      converged: false,
      spec_revision: 0,
      healthy: 2,
      nodes: 3,
      primaries: 0,
      secondaries: 2,
    });
  });

  it('that is lost is told once, though what is waited for changes', () => {
    const cluster = convergedCluster(3);
    cluster.run();
    nodeOf(cluster, 'pg-2').up = false;
    cluster.cycle();
    const lost = changes(cluster).length;
    nodeOf(cluster, 'pg-3').up = false;
    cluster.cycle();
    cluster.apply(specOf(3, s => ({ ...s, interval: 20 })));
    cluster.cycle();
    expect(changes(cluster)).toHaveLength(lost);
  });

  it('needs a node, a primary, and the word of every rule about this very spec', () => {
    const nothing = { present: new Map(), seen: new Map() };
    const waits = convergenceOf(clusterDecider.initialState, specOf(1), [], 7, 6, nothing).waitsFor;
    expect(waits).toEqual([
      'a cycle that begins after the spec was applied',
      'group main has 0 of 1 nodes',
      'a node',
      'a primary',
      'primary-lost has not decided for this spec',
      'node-scale-up has not decided for this spec',
      'cluster-init has not decided for this spec',
      'cluster-expand has not decided for this spec',
    ]);
  });

  it('counts unfinished actions of both kinds', () => {
    const cluster = convergedCluster(1);
    cluster.execute({
      type: 'CreateNodeAction',
      data: {
        action: { ...ids, node_id: 'pg-1', action_id: 'n', args: null, kind: 'x', metadata: {} },
        approval: 'required',
      },
    });
    cluster.execute({
      type: 'CreateOrchestratorAction',
      data: {
        action: { ...ids, action_id: 'o', args: null, kind: 'x', metadata: {}, timeout: null },
        approval: 'required',
      },
    });
    expect(cluster.cycle()).toMatchObject({ sample: { converged: false } });
    expect(changes(cluster).at(-1)?.waits_for).toContain('2 unfinished actions');
  });
});
