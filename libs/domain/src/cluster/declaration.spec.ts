import { describe, expect, it } from '@jest/globals';
import type { ClusterCommand } from './commands.js';
import { SimulatedCluster, convergedCluster, namespaceOf, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const remove: ClusterCommand = { type: 'DeleteClusterSpec', data: ids };
const request: ClusterCommand = { type: 'RequestCycle', data: ids };
const begin: ClusterCommand = { type: 'BeginCycle', data: { ...ids, cycle_id: 'c' } };
const apply = (interval = 10): ClusterCommand => ({
  type: 'ApplyClusterSpec',
  data: { spec: specOf(3, s => ({ ...s, interval })) },
});
const declared = (): SimulatedCluster => {
  const cluster = new SimulatedCluster();
  cluster.execute(apply());
  return cluster;
};

describe('when the cluster is not declared', () => {
  it.each([request, begin])('knows no $type', command => {
    const cluster = new SimulatedCluster();
    expect(cluster.execute(command, cluster.lease)).toBe('CLUSTER_NOT_FOUND');
  });
  it('is deleted already', () => {
    const cluster = new SimulatedCluster();
    cluster.execute(remove);
    expect(cluster.log).toEqual([]);
  });
  it.each([
    ['Deleting', 'NAMESPACE_DELETING'],
    ['Deleted', 'NAMESPACE_DELETING'],
  ] as const)('is not declared in a namespace that is %s', (status, code) => {
    const cluster = new SimulatedCluster();
    cluster.namespace = namespaceOf(status);
    expect(cluster.execute(apply())).toBe(code);
  });
});

describe('when the cluster is declared', () => {
  it('appends nothing for an apply that changes nothing, and replaces for one that does', () => {
    const cluster = declared();
    cluster.execute(apply());
    expect(cluster.types()).toEqual(['ClusterSpecApplied']);
    cluster.execute(apply(20));
    expect(cluster.types()).toEqual(['ClusterSpecApplied', 'ClusterSpecApplied']);
  });
  it('can be asked for a cycle now', () => {
    const cluster = declared();
    cluster.execute(request);
    expect(cluster.types().at(-1)).toBe('CycleRequested');
  });
  it('and inactive, refuses cycles', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(3, s => ({ ...s, active: false })));
    expect([cluster.execute(request), cluster.cycle()]).toEqual(['CLUSTER_INACTIVE', 'CLUSTER_INACTIVE']);
  });
  it('in a namespace that is Inactive, refuses cycles', () => {
    const cluster = declared();
    cluster.namespace = namespaceOf('Inactive');
    expect(cluster.cycle()).toBe('NAMESPACE_NOT_ACTIVE');
  });
  it('refuses what was seen under a lease that did not begin the cycle', () => {
    const cluster = declared();
    cluster.cycle();
    const newer = { ...cluster.lease, token: 2 };
    const observation = { cycle_id: 'c', observer: 'w', spec_revision: 0, cycle_age_ms: 0, nodes: [] };
    const submit: ClusterCommand = {
      type: 'SubmitObservation',
      data: { ...ids, observation, act_within_ms: 1 },
    };
    expect(cluster.execute(submit, newer)).toBe('CYCLE_NOT_BEGUN');
    expect(cluster.execute(submit, { ...cluster.lease, holder: 'thief' })).toBe('FENCED');
    expect(cluster.execute(submit)).toBe('INVALID_REQUEST');
  });
});

describe('when discovery shows a cluster that nobody declared', () => {
  const discovered = (): SimulatedCluster => {
    const cluster = new SimulatedCluster();
    cluster.addNode();
    cluster.discover();
    return cluster;
  };
  it('gets a synthetic spec with all defaults, which converges nothing', () => {
    const cluster = discovered();
    expect(cluster.types()).toEqual(['ClusterSpecApplied', 'LeaseTaken', 'DiscoveryRecorded']);
    expect(cluster.state.spec).toMatchObject({ status: 'synthetic', spec: { interval: 60, platform: null } });
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(cluster.types()).not.toContain('NodeActionCreated');
  });
  it('is declared by an apply of the same words: that is a change', () => {
    const cluster = discovered();
    if (cluster.state.spec.status !== 'synthetic') throw new Error('not synthetic');
    cluster.apply(cluster.state.spec.spec);
    expect(cluster.state.spec.status).toBe('declared');
  });
  it('belongs to the platform that showed it first', () => {
    const cluster = discovered();
    const other = { ...cluster.discoveryLease, work: 'discovery:other' };
    const record = (name: string): ClusterCommand => ({
      type: 'RecordDiscovery',
      data: {
        ...ids,
        platform: { ns_id: 'ns', name },
        observed: { cluster_id: 'pg', nodes: [] },
        began_at: '2026-01-01T00:00:00.000Z',
        interval_seconds: 10,
      },
    });
    const refused = () => cluster.types().filter(type => type === 'DecisionMade').length;
    const recorded = () => cluster.types().filter(type => type === 'DiscoveryRecorded').length;
    cluster.execute(record('other'), other);
    expect([refused(), recorded()]).toEqual([0, 1]);
    cluster.apply(specOf(1, s => ({ ...s, platform: { ns_id: null, name: 'other' } })));
    expect(cluster.execute(record('other'), other)).toEqual({ kind: 'none' });
    expect(cluster.state.platform).toMatchObject({ name: 'other' });
    cluster.discover();
    cluster.discover();
    expect([refused(), cluster.state.discovery?.nodes]).toEqual([1, []]);
    expect(cluster.latest('discovery', 'platform:local')).toMatchObject({
      reason: 'SHOWN_BY_OTHER_PLATFORM',
      settled: true,
      message: expect.stringContaining('belongs to platform other') as unknown,
    });
    cluster.discover([]);
    expect(cluster.latest('discovery', 'platform:local')?.reason).toBe('NOT_SHOWN_BY_OTHER_PLATFORM');
    for (let i = 0; i < 20; i += 1) cluster.discover(i % 2 ? [] : undefined);
    expect(cluster.types().filter(type => type === 'DecisionFlapping')).toHaveLength(1);
    expect(cluster.state.decisions.get('discovery platform:local')?.settled).toBe(true);
    // Without a spec nothing explains it: the discovery is told.
    cluster.execute({ type: 'DeleteClusterSpec', data: ids });
    expect(cluster.discover()).toBe('CLUSTER_DECLARED_ELSEWHERE');
  });
  it('appends nothing when it is shown again', () => {
    const cluster = discovered();
    const before = cluster.log.length;
    cluster.discover();
    expect(cluster.log).toHaveLength(before);
  });
});

describe('when the spec is deleted', () => {
  it('stays so though discovery shows the cluster: no synthetic spec', () => {
    const cluster = convergedCluster(1);
    cluster.execute(remove);
    cluster.execute(remove);
    cluster.addNode();
    cluster.discover();
    expect(cluster.types().filter(t => t === 'ClusterSpecDeleted')).toHaveLength(1);
    expect(cluster.types().at(-1)).toBe('DiscoveryRecorded');
    expect(cluster.state.spec.status).toBe('deleted');
    expect(cluster.cycle()).toBe('CLUSTER_NOT_FOUND');
  });
  it('can be declared again, and remembers that it was initialised', () => {
    const cluster = convergedCluster(1);
    cluster.execute(remove);
    cluster.apply(specOf(1));
    for (const node of cluster.nodes.values()) Object.assign(node, { status: 'NOT_IN_CLUSTER', role: null });
    cluster.cycle();
    expect(cluster.latest('cluster-init')?.reason).toBe('ALREADY_INITIALISED');
  });
});

describe('what convergence would do', () => {
  it.each([
    ['declaration.active is false', 'DECLARATION_INACTIVE', 'Active', false],
    ['the namespace is Observed', 'OBSERVE_MODE', 'Observed', true],
    ['the namespace is Deleting', 'DELETE_MODE', 'Deleting', true],
  ] as const)('is kept and not done while %s', (_title, reason, status, active) => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(1, s => ({ ...s, declaration: { ...s.declaration, active } })));
    cluster.namespace = namespaceOf(status);
    cluster.cycle();
    cluster.cycle();
    expect(cluster.latest('node-scale-up', 'group:main')).toMatchObject({ outcome: 'suppress', reason });
    expect(cluster.latest('node-scale-up', 'group:main')?.alternatives[0]?.option).toContain(
      'provisions one more',
    );
    expect(cluster.types()).not.toContain('OrchestratorActionCreated');
    expect(cluster.state.graces.size).toBe(0);
  });
  it('goes on where it was running, in every mode', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(1));
    cluster.cycle();
    cluster.cycle();
    cluster.namespace = namespaceOf('Observed');
    for (let i = 0; i < 4; i += 1) {
      cluster.discover();
      cluster.cycle();
    }
    expect(cluster.types()).toContain('OrchestratorActionFinished');
    expect(cluster.types()).not.toContain('NodeActionCreated');
  });
});
