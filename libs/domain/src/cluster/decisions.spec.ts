import { describe, expect, it } from '@jest/globals';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';

const flapping = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) => (event.type === 'cluster.DecisionFlapping.v1' ? [event.data] : []));
const nodeOf = (cluster: SimulatedCluster, id: string) => {
  const node = cluster.nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
};
/** The primary comes and goes every other cycle, which is not often enough for the node itself to flap. */
function alternate(cluster: SimulatedCluster, changes: number): void {
  for (let i = 0; i < changes; i += 1) {
    nodeOf(cluster, 'pg-1').up = i % 2 === 1;
    cluster.cycle();
    cluster.cycle();
  }
}
const since = (cluster: SimulatedCluster, length: number, rule = 'primary-lost') =>
  cluster.log
    .slice(length)
    .flatMap(({ event }) => (event.type === 'cluster.DecisionMade.v1' ? [event.data.decision] : []))
    .filter(d => d.rule === rule);

describe('a decision', () => {
  it('is recorded once per change of its reason', () => {
    const cluster = convergedCluster();
    const before = cluster.log.length;
    nodeOf(cluster, 'pg-1').up = false;
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(since(cluster, before).map(d => d.reason)).toEqual(['PRIMARY_LOST']);
  });

  it('is not another because its facts are', () => {
    const cluster = convergedCluster();
    const before = cluster.log.length;
    cluster.tamper = seen => ({ ...seen, age_ms: cluster.nowMs % 977 });
    nodeOf(cluster, 'pg-2').attributes = { load: 3 };
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(cluster.types().slice(before)).toEqual(['NodeChanged']);
  });

  it('stands with its facts, each with observer and age', () => {
    const cluster = convergedCluster();
    expect(cluster.latest('primary-lost')?.facts).toContainEqual({
      name: 'node:pg-1.status',
      value: 'HEALTHY',
      observer: 'worker-1',
      age_ms: 5,
    });
  });

  it('is recorded again for a new revision of the spec, though its reason is the same', () => {
    const cluster = convergedCluster();
    const before = cluster.log.length;
    cluster.apply(specOf(3, s => ({ ...s, interval: 20 })));
    cluster.cycle();
    const decided = since(cluster, before);
    expect(decided).toMatchObject([{ reason: 'PRIMARY_PRESENT', spec_revision: before }]);
    expect(cluster.state.convergence).toEqual({ converged: true, spec_revision: before });
  });

  it('names the revisions of the other streams that it read', () => {
    expect(convergedCluster().latest('cluster-init')?.context_revisions).toEqual({
      namespace: 0,
      platform: 0,
    });
  });
});

describe('two reasons that alternate', () => {
  it('are single decisions up to five changes in ten minutes, then one event with the count', () => {
    const cluster = convergedCluster();
    cluster.nowMs += 600_001;
    const before = cluster.log.length;
    alternate(cluster, 12);
    expect(since(cluster, before)).toHaveLength(6);
    expect(flapping(cluster).filter(f => f.rule === 'primary-lost')).toMatchObject([
      { subject: 'cluster', reasons: ['PRIMARY_LOST', 'PRIMARY_PRESENT'], changes: 6 },
    ]);
  });

  it('are single decisions when they take longer', () => {
    const cluster = convergedCluster();
    cluster.nowMs += 600_001;
    for (let i = 0; i < 12; i += 1) {
      alternate(cluster, 2);
      cluster.nowMs += 200_000;
    }
    expect(flapping(cluster)).toEqual([]);
  });

  // Chaos seed 11: a cluster at rest was shown as PRIMARY_LOST for ten minutes.
  it('are said again when they rest: the same for twice as long as they ever were', () => {
    const cluster = convergedCluster();
    alternate(cluster, 8);
    expect(cluster.latest('primary-lost')?.reason).toBe('PRIMARY_LOST');
    cluster.cycle();
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(false);
    cluster.cycle();
    expect(cluster.latest('primary-lost')?.reason).toBe('PRIMARY_PRESENT');
    expect(cluster.state.convergence?.converged).toBe(true);
  });

  it('are one event, however long they go on', () => {
    const cluster = convergedCluster();
    cluster.nowMs += 600_001;
    alternate(cluster, 12);
    const [before, counted] = [cluster.log.length, flapping(cluster).length];
    alternate(cluster, 360);
    expect([since(cluster, before).length, flapping(cluster).length - counted]).toEqual([0, 0]);
  });

  it('rest later, and are not forgotten, when another worker takes over without their memory', () => {
    const cluster = convergedCluster();
    alternate(cluster, 8);
    const before = cluster.log.length;
    for (let i = 0; i < 3; i += 1) {
      cluster.remembered = [];
      cluster.cycle();
    }
    expect(since(cluster, before)).toEqual([]);
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(true);
  });

  it('do not hide a third', () => {
    const cluster = convergedCluster();
    alternate(cluster, 10);
    nodeOf(cluster, 'pg-1').up = true;
    nodeOf(cluster, 'pg-2').role = 'Primary';
    cluster.cycle();
    expect(cluster.latest('primary-lost')?.reason).toBe('TWO_PRIMARIES');
  });

  it('do not hide what a new spec is judged to be', () => {
    const cluster = convergedCluster();
    alternate(cluster, 10);
    nodeOf(cluster, 'pg-1').up = true;
    cluster.apply(specOf(3, s => ({ ...s, interval: 20 })));
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(true);
  });
});

describe('what only looks like flapping', () => {
  it('is a spec that is applied often: each is judged, and each can converge', () => {
    const cluster = convergedCluster();
    for (let i = 0; i < 12; i += 1) {
      cluster.apply(specOf(3, s => ({ ...s, interval: 20 + i })));
      cluster.cycle();
      expect(cluster.state.convergence?.converged).toBe(true);
    }
    expect(flapping(cluster)).toEqual([]);
  });

  it('is work: an action that is started and done, again and again', () => {
    const cluster = convergedCluster();
    for (let i = 0; i < 8; i += 1) {
      cluster.execute({
        type: 'CreateOrchestratorAction',
        data: {
          action: {
            ns_id: 'ns',
            cluster_id: 'pg',
            action_id: `a${i}`,
            args: null,
            kind: 'core.replicante.io/test.success',
            metadata: {},
            timeout: null,
          },
          approval: 'granted',
        },
      });
      cluster.cycle();
      cluster.cycle();
      expect(cluster.state.convergence?.converged).toBe(true);
    }
  });
});
