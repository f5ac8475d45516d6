import { describe, expect, it } from '@jest/globals';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';

const nodeOf = (cluster: SimulatedCluster, id: string) => {
  const node = cluster.nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
};
/** Down, and missing from four discoveries in a row. */
function vanish(cluster: SimulatedCluster, id: string): void {
  nodeOf(cluster, id).up = false;
  for (let i = 0; i < 6; i += 1) {
    cluster.discover([...cluster.nodes.keys()].filter(n => n !== id));
    cluster.cycle();
  }
}

describe('the node last known as primary', () => {
  it('is neither removed nor replaced, though its platform and its agent are silent', () => {
    const cluster = convergedCluster();
    vanish(cluster, 'pg-1');
    expect(cluster.types()).not.toContain('NodeRemoved');
    expect(cluster.provisions).toBe(3);
    expect(cluster.latest('primary-lost')?.reason).toBe('PRIMARY_LOST');
  });

  it('may go once another node is primary', () => {
    const cluster = convergedCluster();
    vanish(cluster, 'pg-1');
    nodeOf(cluster, 'pg-2').role = 'Primary';
    cluster.cycle();
    cluster.cycle();
    expect(cluster.state.members.has('pg-1')).toBe(false);
  });
});

describe('while the primary is lost', () => {
  it('nothing is joined, whatever expand.target_member would find', () => {
    const cluster = convergedCluster();
    cluster.addNode();
    const spec = specOf(4);
    cluster.apply({
      ...spec,
      declaration: {
        ...spec.declaration,
        expand: {
          mode: 'Join',
          target_member: { matches: { node_status: 'HEALTHY' }, max_results: null, sort_by: [] },
        },
      },
    });
    nodeOf(cluster, 'pg-1').up = false;
    cluster.discover();
    cluster.cycle();
    expect(cluster.latest('cluster-expand')).toMatchObject({ outcome: 'hold', reason: 'NO_PRIMARY' });
    expect(cluster.joins).toBe(2);
  });
});
