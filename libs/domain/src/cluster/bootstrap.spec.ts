import { describe, expect, it } from '@jest/globals';
import { clusterDecider } from './decide/index.js';
import { SimulatedCluster, namespaceOf, specOf } from './simulated-cluster.fixture.js';

const converged = (count = 3): SimulatedCluster => {
  const cluster = new SimulatedCluster();
  cluster.apply(specOf(count));
  cluster.run();
  return cluster;
};

describe('a declared cluster of three', () => {
  it('is provisioned, initialised once and joined node by node until it has converged', () => {
    const cluster = converged();
    expect({ provisions: cluster.provisions, inits: cluster.inits, joins: cluster.joins }).toEqual({
      provisions: 3,
      inits: 1,
      joins: 2,
    });
    const last = cluster.log.findLast(e => e.event.type === 'cluster.ConvergenceChanged.v1');
    expect(last?.event.data).toMatchObject({
      converged: true,
      healthy: 3,
      nodes: 3,
      primaries: 1,
      secondaries: 2,
      waits_for: [],
    });
  });

  it('appends nothing more once it has converged and nothing changes', () => {
    const cluster = converged();
    const before = cluster.log.length;
    for (let i = 0; i < 20; i += 1) {
      cluster.discover();
      cluster.cycle();
    }
    expect(cluster.types().slice(before)).toEqual([]);
  });

  it('records facts before the decisions that stand on them, and intent before an instruction', () => {
    const types = converged().types();
    const first = (type: string): number => types.indexOf(type);
    expect(first('NodeChanged')).toBeLessThan(first('NodeActionCreated'));
    expect(first('ProvisionIntended')).toBeLessThan(first('ProvisionSettled'));
    expect(first('NodeActionDispatched')).toBeLessThan(first('NodeActionSynced'));
  });

  it('names in each act the events it caused, and in each of those the decision', () => {
    const cluster = converged();
    for (const { event, id } of cluster.log) {
      if (event.type !== 'cluster.DecisionMade.v1' || event.data.decision.outcome !== 'act') continue;
      expect(event.data.decision.caused.length).toBeGreaterThan(0);
      for (const caused of event.data.decision.caused)
        expect(cluster.log.find(e => e.id === caused)?.metadata.causationId).toBe(id);
    }
  });

  it('folds to the same state from zero, in one go and event by event', () => {
    const cluster = converged();
    const fold = clusterDecider.fold?.(clusterDecider.initialState, cluster.log);
    expect(fold).toEqual(cluster.state);
  });

  it('asks nobody before somebody approves, when approval is required', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(1, s => ({ ...s, declaration: { ...s.declaration, approval: 'required' } })));
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(cluster.provisions).toBe(0);
    const waiting = cluster.latest('orchestrator-action-schedule');
    expect(waiting).toMatchObject({ outcome: 'hold', reason: 'WAITS_FOR_APPROVAL' });
    const action_id = waiting?.waits_on[0] ?? '';
    cluster.execute({ type: 'ApproveAction', data: { ns_id: 'ns', cluster_id: 'pg', action_id } });
    cluster.cycle();
    expect(cluster.provisions).toBe(1);
  });

  it('starts nothing in an observed namespace, and keeps what it would have done', () => {
    const cluster = new SimulatedCluster();
    cluster.namespace = namespaceOf('Observed');
    cluster.apply(specOf());
    cluster.cycle();
    expect(cluster.provisions).toBe(0);
    expect(cluster.latest('node-scale-up', 'group:main')).toMatchObject({
      outcome: 'suppress',
      reason: 'OBSERVE_MODE',
    });
  });
});

describe('when the primary is killed', () => {
  it('shows it within one cycle, promotes nothing, and is well again when it returns', () => {
    const cluster = converged();
    const primary = cluster.nodes.get('pg-1');
    if (!primary) throw new Error('no primary');
    primary.up = false;
    cluster.cycle();
    expect(cluster.latest('primary-lost')).toMatchObject({ outcome: 'hold', reason: 'PRIMARY_LOST' });
    expect(cluster.state.nodes.get('pg-1')?.node.node_status).toBe('UNREACHABLE');
    expect(cluster.state.convergence?.converged).toBe(false);
    const actions = cluster.types().filter(t => t.includes('ActionCreated')).length;
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(cluster.types().filter(t => t.includes('ActionCreated'))).toHaveLength(actions);
    primary.up = true;
    cluster.cycle();
    expect(cluster.state.convergence?.converged).toBe(true);
  });

  it('does not initialise again, even when every node looks fresh', () => {
    const cluster = converged();
    for (const node of cluster.nodes.values()) Object.assign(node, { status: 'NOT_IN_CLUSTER', role: null });
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(cluster.inits).toBe(1);
    expect(cluster.latest('cluster-init')?.reason).toBe('ALREADY_INITIALISED');
    expect(cluster.latest('cluster-expand')?.reason).toBe('NO_PRIMARY');
  });
});

describe('when a provisioning outcome is lost', () => {
  it('asks again under the same key where the platform knows keys', () => {
    const cluster = new SimulatedCluster();
    cluster.idempotencyKeys = true;
    const attempts: string[] = [];
    cluster.fate = i => {
      attempts.push(i.attempt_id);
      return attempts.length === 1 ? 'dropped' : 'done';
    };
    cluster.apply(specOf(1));
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(attempts.slice(0, 2)).toEqual([attempts[0], attempts[0]]);
    expect(cluster.provisions).toBe(1);
  });

  it('elsewhere is unknown, blocks provisioning, and goes on when a later discovery shows the node', () => {
    const cluster = new SimulatedCluster();
    cluster.fate = i => (i.kind === 'provision' ? 'lost' : 'done');
    cluster.apply(specOf(1));
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(cluster.latest('orchestrator-action-schedule')?.reason).toBe('PROVISION_OUTCOME_UNKNOWN');
    expect(cluster.provisions).toBe(1);
    cluster.run();
    expect(cluster.provisions).toBe(1);
  });

  it('elsewhere fails, and another action tries, when a later discovery does not show it', () => {
    const cluster = new SimulatedCluster();
    let dropped = 0;
    cluster.fate = i => (i.kind === 'provision' && (dropped += 1) === 1 ? 'dropped' : 'done');
    cluster.apply(specOf(1));
    cluster.run();
    expect(cluster.types().filter(t => t === 'ProvisionIntended')).toHaveLength(2);
    expect(cluster.provisions).toBe(1);
  });

  it('believes evidence that comes late, under an older lease, and marks it', () => {
    const cluster = new SimulatedCluster();
    const sent: string[] = [];
    cluster.fate = i => {
      sent.push(i.attempt_id);
      return 'lost';
    };
    cluster.apply(specOf(1));
    cluster.cycle();
    const old = cluster.lease;
    cluster.lease = { ...old, token: 2, holder: 'b' };
    cluster.cycle();
    cluster.outcome(
      sent[0] ?? '',
      { kind: 'provision', result: 'accepted', count: 1, node_ids: ['pg-1'] },
      old,
    );
    const settled = cluster.log.findLast(e => e.event.type === 'cluster.ProvisionSettled.v1');
    expect(settled?.event.data).toMatchObject({ outcome: 'accepted', late: true });
  });
});

describe('when another holder has the lease', () => {
  it('fences the first although nothing changed in the world', () => {
    const cluster = converged();
    const first = cluster.lease;
    cluster.lease = { ...first, token: 2, holder: 'b' };
    cluster.cycle();
    cluster.lease = first;
    expect(cluster.cycle()).toBe('FENCED');
    expect(cluster.types().filter(t => t === 'LeaseTaken')).toHaveLength(3);
  });
});

describe('when a node leaves the answer of the platform', () => {
  it('still counts until it is gone for three discoveries over three intervals and its agent is silent', () => {
    const cluster = converged();
    const gone = cluster.nodes.get('pg-3');
    if (!gone) throw new Error('no node');
    for (let i = 0; i < 6; i += 1) {
      cluster.discover(['pg-1', 'pg-2']);
      cluster.cycle();
    }
    expect(cluster.state.members.has('pg-3')).toBe(true);
    expect(cluster.provisions).toBe(3);
    gone.up = false;
    cluster.cycle();
    expect(cluster.state.members.has('pg-3')).toBe(false);
    expect(cluster.types()).toContain('NodeRemoved');
  });

  it('is as before when it comes back', () => {
    const cluster = converged();
    cluster.discover(['pg-1', 'pg-2']);
    cluster.cycle();
    cluster.run();
    expect(cluster.types()).toContain('NodeReappeared');
    expect(cluster.state.members.get('pg-3')?.absent).toBeNull();
  });
});

describe('when an agent answers as somebody else', () => {
  it('quarantines that node and disturbs no other', () => {
    const cluster = converged();
    const node = cluster.nodes.get('pg-2');
    if (!node) throw new Error('no node');
    node.nodeId = 'pg-1';
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-2')?.quarantine).toContain("answers as node 'pg-1'");
    expect(cluster.state.nodes.get('pg-1')?.node.node_status).toBe('HEALTHY');
    expect(cluster.state.convergence?.converged).toBe(false);
  });

  it('quarantines a member with another identity of its data', () => {
    const cluster = converged();
    const node = cluster.nodes.get('pg-3');
    if (!node) throw new Error('no node');
    node.identity = 'identity-2';
    cluster.cycle();
    expect(cluster.state.nodes.get('pg-3')?.quarantine).toContain('identity-2');
  });
});

describe('when a node was not polled', () => {
  it('is neither down nor healthy: its record stays, and the cluster is not converged meanwhile', () => {
    const cluster = converged();
    cluster.cycle(['pg-1', 'pg-2']);
    expect(cluster.state.nodes.get('pg-3')?.node.node_status).toBe('HEALTHY');
    expect(cluster.state.convergence?.converged).toBe(false);
  });
});
