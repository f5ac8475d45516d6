import { describe, expect, it } from '@jest/globals';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';
import { DOWN } from './simulated-node.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const nodeOf = (cluster: SimulatedCluster, id: string) => {
  const node = cluster.nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
};
const joinNode = (cluster: SimulatedCluster, node_id: string, action_id = 'join'): void =>
  void cluster.execute({
    type: 'CreateNodeAction',
    data: {
      action: {
        ...ids,
        node_id,
        action_id,
        args: null,
        kind: 'agent.replicante.io/cluster.join',
        metadata: {},
      },
      approval: 'granted',
    },
  });
const dispatched = (cluster: SimulatedCluster): readonly string[] =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.NodeActionDispatched.v1' ? [event.data.action_id] : [],
  );
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

describe('a node with a foreign identity', () => {
  function quarantined(): SimulatedCluster {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-3').identity = 'identity-2';
    cluster.cycle();
    return cluster;
  }
  it('gets no action', () => {
    const cluster = quarantined();
    joinNode(cluster, 'pg-3');
    cluster.cycle();
    expect(dispatched(cluster)).not.toContain('join');
    expect(cluster.latest('node-action-schedule', 'node:pg-3')).toMatchObject({
      outcome: 'reject',
      reason: 'IDENTITY_MISMATCH',
    });
  });
  it('stays so while it cannot be told whose data it has', () => {
    const cluster = quarantined();
    joinNode(cluster, 'pg-3');
    cluster.tamper = seen => (seen.node_id === 'pg-3' ? { ...seen, store: DOWN } : seen);
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toContain('identity-2');
    expect(dispatched(cluster)).not.toContain('join');
  });
  it('stays so over a silence', () => {
    const cluster = quarantined();
    nodeOf(cluster, 'pg-3').up = false;
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toContain('identity-2');
  });
  it('is a member again when its answers match the record', () => {
    const cluster = quarantined();
    nodeOf(cluster, 'pg-3').identity = 'identity-1';
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toBeNull();
    expect(cluster.state.convergence?.converged).toBe(true);
  });
  it('is also one of another cluster, by the word of its store', () => {
    const cluster = convergedCluster();
    cluster.tamper = seen =>
      seen.node_id === 'pg-3' && seen.store.ok
        ? { ...seen, store: { ok: true, value: { ...seen.store.value, cluster_id: 'other' } } }
        : seen;
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toContain("cluster 'other'");
  });
});

describe('a member that does not tell whose data it has', () => {
  const untold = (cluster: SimulatedCluster): void => {
    nodeOf(cluster, 'pg-3').identity = null;
    cluster.cycle();
  };
  it('is not counted as one in service, and not accused either', () => {
    const cluster = convergedCluster();
    untold(cluster);
    expect(cluster.state.nodes.get('pg-3')).toMatchObject({
      quarantine: null,
      node: { node_status: 'INCOMPLETE' },
    });
    expect(cluster.state.convergence?.converged).toBe(false);
  });
  it('stays in quarantine when it was', () => {
    const cluster = convergedCluster();
    nodeOf(cluster, 'pg-3').identity = 'identity-2';
    cluster.cycle();
    untold(cluster);
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toContain('identity-2');
  });
  // Found by the properties: seed -509588883.
  it('leaves quarantine when it has no data to tell of', () => {
    const cluster = convergedCluster();
    const id = cluster.addNode();
    nodeOf(cluster, id).nodeId = 'stranger';
    cluster.apply(specOf(4));
    cluster.discover();
    cluster.cycle();
    expect(cluster.state.nodes.get(id)?.quarantine).toContain('stranger');
    nodeOf(cluster, id).nodeId = id;
    cluster.run();
    expect(cluster.state.nodes.get(id)).toMatchObject({ quarantine: null, node: { node_status: 'HEALTHY' } });
  });
  it('is in service where no member ever told it', () => {
    const cluster = convergedCluster();
    cluster.execute({ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss: true } });
    for (const node of cluster.nodes.values()) node.identity = null;
    cluster.cycle();
    expect(cluster.state.identity).toEqual({ store_cluster_id: 'pg', store_identity: null });
    expect(cluster.state.nodes.get('pg-3')?.node.node_status).toBe('HEALTHY');
    // Most tell it later: from then on it is the record.
    for (const id of ['pg-1', 'pg-3']) nodeOf(cluster, id).identity = 'identity-1';
    cluster.cycle();
    expect(cluster.state.identity?.store_identity).toBe('identity-1');
  });
});

describe('the identity of the data', () => {
  /** All members are seen at once, and nothing was recorded before; the first of them lies. */
  const seenAtOnce = (lie: (cluster: SimulatedCluster) => void): SimulatedCluster => {
    const cluster = convergedCluster();
    cluster.execute({ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss: true } });
    lie(cluster);
    cluster.cycle();
    return cluster;
  };
  it.each<[string, (cluster: SimulatedCluster) => void]>([
    ['another identity', c => (nodeOf(c, 'pg-1').identity = 'foreign')],
    [
      'another cluster',
      c =>
        (c.tamper = seen =>
          seen.node_id === 'pg-1' && seen.store.ok
            ? { ...seen, store: { ok: true, value: { ...seen.store.value, cluster_id: 'foreign' } } }
            : seen),
    ],
  ])('is the word of most members, not of the first that says %s', (_title, lie) => {
    const cluster = seenAtOnce(lie);
    expect(cluster.state.identity).toEqual({ store_cluster_id: 'pg', store_identity: 'identity-1' });
    expect(cluster.state.nodes.get('pg-1')?.quarantine).toContain('foreign');
    expect(cluster.state.nodes.get('pg-2')?.quarantine).toBeNull();
  });
});

describe('an action', () => {
  it('waits while the node does not say in this cycle to which cluster its store belongs', () => {
    const cluster = convergedCluster();
    joinNode(cluster, 'pg-3');
    cluster.tamper = seen => (seen.node_id === 'pg-3' ? { ...seen, store: DOWN } : seen);
    cluster.cycle();
    expect(dispatched(cluster)).not.toContain('join');
    expect(cluster.latest('node-action-schedule', 'node:pg-3')).toMatchObject({
      outcome: 'hold',
      reason: 'FACTS_MISSING',
    });
    cluster.tamper = seen => seen;
    cluster.cycle();
    expect(dispatched(cluster)).toContain('join');
  });
});
