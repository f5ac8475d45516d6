import { describe, expect, it } from '@jest/globals';
import type { ClusterCommand } from './commands.js';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';
import { DOWN } from './simulated-node.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const nodeOf = (cluster: SimulatedCluster, id: string) => {
  const node = cluster.nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
};
const statusOf = (cluster: SimulatedCluster, id = 'pg-2') => cluster.state.nodes.get(id)?.node.node_status;
const after = (cluster: SimulatedCluster, length: number): readonly string[] => cluster.types().slice(length);

describe('a node', () => {
  it.each(['store', 'shards'] as const)(
    'that says HEALTHY is INCOMPLETE when its %s cannot be read',
    part => {
      const cluster = convergedCluster();
      cluster.tamper = seen => (seen.node_id === 'pg-2' ? { ...seen, [part]: DOWN } : seen);
      cluster.cycle();
      expect(statusOf(cluster)).toBe('INCOMPLETE');
      expect(cluster.state.nodes.get('pg-2')?.node.details).not.toBeNull();
    },
  );
  it('that says anything else is just that, whatever can be read', () => {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-2').status = 'UNHEALTHY';
    cluster.tamper = seen => ({ ...seen, shards: DOWN });
    cluster.cycle();
    expect(statusOf(cluster)).toBe('UNHEALTHY');
  });
  it('that does not answer is UNREACHABLE without details, its extras and shards stale, said once', () => {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-2').up = false;
    const before = cluster.log.length;
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-2')?.node).toMatchObject({
      node_status: 'UNREACHABLE',
      details: null,
    });
    expect(cluster.state.extras.get('pg-2')?.fresh).toBe(false);
    expect(cluster.state.shards.get('pg-2')).toMatchObject([{ fresh: false, role: 'Secondary' }]);
    expect(after(cluster, before)).toEqual(
      expect.arrayContaining(['NodeChanged', 'StoreExtrasChanged', 'NodeShardsChanged']),
    );
    const known = cluster.log.length;
    cluster.cycle();
    expect(after(cluster, known)).toEqual([]);
  });
  it('that reports a shard no more has it no more', () => {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-2').role = null;
    cluster.cycle();
    expect(cluster.state.shards.has('pg-2')).toBe(false);
  });
  it('is not changed by offset and lag: those are samples', () => {
    const cluster = convergedCluster();
    const before = cluster.log.length;
    const verdict = cluster.cycle();
    expect(after(cluster, before)).toEqual([]);
    expect(verdict).toMatchObject({
      sample: { nodes: [{ shards: [{ commit_offset: { value: cluster.nowMs - 10_000 } }] }, {}, {}] },
    });
  });
});

describe('an attribute', () => {
  function restless(cycles: number, every = 1): SimulatedCluster {
    const cluster = convergedCluster();
    for (let i = 0; i < cycles; i += 1) {
      if (i % every === 0) nodeOf(cluster, 'pg-2').attributes = { zone: 'a', load: i };
      cluster.cycle();
    }
    return cluster;
  }
  const demoted = (cluster: SimulatedCluster) =>
    cluster.log.flatMap(({ event }) => (event.type === 'cluster.AttributeDemoted.v1' ? [event.data] : []));

  it('that changes five times in ten intervals is a fact', () => {
    expect(demoted(restless(5))).toEqual([]);
  });
  it('that changes more often is a sample from then on, said once, and the others stay facts', () => {
    const cluster = restless(20);
    expect(demoted(cluster)).toEqual([{ ...ids, node_id: 'pg-2', attribute: 'load' }]);
    expect(cluster.state.nodes.get('pg-2')?.node.details?.attributes).toEqual({ zone: 'a' });
    const before = cluster.log.length;
    nodeOf(cluster, 'pg-2').attributes = { zone: 'a', load: 99 };
    expect(cluster.cycle()).toMatchObject({ sample: { nodes: [{}, { volatile: { load: 99 } }, {}] } });
    expect(after(cluster, before)).toEqual([]);
  });
  it('that changes slowly stays a fact for ever', () => {
    expect(demoted(restless(40, 3))).toEqual([]);
  });
});

describe('a report', () => {
  const reports = (cluster: SimulatedCluster): number =>
    cluster.types().filter(t => t === 'OrchestrateReportRecorded').length;
  it('is recorded when its notes change, not when their details do', () => {
    const cluster = convergedCluster();
    const before = reports(cluster);
    nodeOf(cluster, 'pg-2').up = false;
    cluster.cycle();
    expect(reports(cluster)).toBe(before + 1);
    cluster.tamper = seen =>
      seen.node_id === 'pg-2' ? { ...seen, node: { ...DOWN, error: { error_msg: 'other words' } } } : seen;
    cluster.cycle();
    expect(reports(cluster)).toBe(before + 1);
    nodeOf(cluster, 'pg-2').up = true;
    cluster.tamper = seen => seen;
    cluster.cycle();
    expect(reports(cluster)).toBe(before + 2);
  });
});

describe('an agent that is silent and asked less often', () => {
  it('appends nothing when it is asked, and nothing when it is not', () => {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-2').up = false;
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    const before = cluster.log.length;
    let cycles = 0;
    const notAsked = { ok: false, kind: 'not_polled', error: { error_msg: 'asked less often' } } as const;
    cluster.tamper = seen => (seen.node_id === 'pg-2' && cycles % 4 ? { ...seen, node: notAsked } : seen);
    for (cycles = 0; cycles < 24; cycles += 1) cluster.cycle();
    expect(after(cluster, before)).toEqual([]);
    expect(cluster.cycle()).toMatchObject({ sample: { converged: false } });
  });
  it('that flapped before is remembered over the cycles in which it is not asked', () => {
    const cluster = convergedCluster();
    let cycles = 0;
    const asked = (): boolean => cycles < 20 || cycles % 4 === 0;
    const notAsked = { ok: false, kind: 'not_polled', error: { error_msg: 'asked less often' } } as const;
    cluster.tamper = seen =>
      seen.node_id !== 'pg-2'
        ? seen
        : asked()
          ? cycles % 2
            ? { ...seen, node: DOWN }
            : seen
          : { ...seen, node: notAsked };
    for (cycles = 0; cycles < 19; cycles += 1) cluster.cycle();
    const before = cluster.log.length;
    for (cycles = 21; cycles < 24; cycles += 1) cluster.cycle();
    expect(after(cluster, before)).toEqual([]);
    expect(cluster.remembered).toMatchObject([{ of: 'node pg-2' }]);
  });
});

describe('a cluster is converged', () => {
  const waits = (cluster: SimulatedCluster): string => {
    const last = cluster.log.findLast(e => e.event.type === 'cluster.ConvergenceChanged.v1')?.event;
    return last?.type === 'cluster.ConvergenceChanged.v1' ? last.data.waits_for.join('; ') : '';
  };
  const action: ClusterCommand = {
    type: 'CreateNodeAction',
    data: {
      action: { ...ids, node_id: 'pg-2', action_id: 'a', args: null, kind: 'example.com/x', metadata: {} },
      approval: 'required',
    },
  };
  it.each<[string, (c: SimulatedCluster) => void, string]>([
    ['a group has a node less than declared', c => c.apply(specOf(4)), 'group main has 3 of 4 nodes'],
    ['a group has a node more than declared', c => c.apply(specOf(2)), 'group main has 3 of 2 nodes'],
    [
      'a node is missing from the platform',
      c => void c.discover(['pg-1', 'pg-2']),
      'group main has 2 of 3 nodes',
    ],
    ['a node is not HEALTHY', c => (nodeOf(c, 'pg-2').status = 'UNHEALTHY'), 'pg-2 is UNHEALTHY'],
    ['a node answers as another', c => (nodeOf(c, 'pg-2').nodeId = 'x'), "answers as node 'x'"],
    ['a node was seen too long ago', c => (c.tamper = s => ({ ...s, age_ms: 20_001 })), 'pg-1 is not polled'],
    ['no node has a primary', c => (nodeOf(c, 'pg-1').role = 'Secondary'), 'a primary'],
    ['an action is unfinished', c => void c.execute(action), '1 unfinished action'],
    [
      'a rule has something left to say',
      c => (nodeOf(c, 'pg-2').role = 'Primary'),
      'primary-lost (cluster): TWO_PRIMARIES',
    ],
  ])('not while %s', (_title, spoil, waitsFor) => {
    const cluster = convergedCluster();
    spoil(cluster);
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(false);
    expect(waits(cluster)).toContain(waitsFor);
  });
  it('only by a cycle that began after the spec was applied', () => {
    const cluster = convergedCluster();
    const begun = cluster.execute({ type: 'BeginCycle', data: { ...ids, cycle_id: 'c' } }, cluster.lease);
    if (typeof begun === 'string' || begun.kind !== 'cycle_plan') throw new Error('not begun');
    cluster.apply(specOf(3, s => ({ ...s, interval: 20 })));
    const observation = {
      cycle_id: 'c',
      observer: 'w',
      spec_revision: begun.plan.spec_revision,
      cycle_age_ms: 1,
      nodes: [],
    };
    cluster.execute(
      { type: 'SubmitObservation', data: { ...ids, observation, act_within_ms: 1 } },
      cluster.lease,
    );
    expect(waits(cluster)).toContain('a cycle that begins after the spec was applied');
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(true);
  });
  it('with facts of just two intervals ago', () => {
    const cluster = convergedCluster();
    cluster.tamper = seen => ({ ...seen, age_ms: 20_000 });
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(true);
  });
});
