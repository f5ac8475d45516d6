import { describe, expect, it } from '@jest/globals';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

const approvals = () => specOf(1, s => ({ ...s, declaration: { ...s.declaration, approval: 'required' } }));

function rejected(): SimulatedCluster {
  const cluster = new SimulatedCluster();
  cluster.apply(approvals());
  cluster.cycle();
  const [action_id = ''] = [...cluster.state.orchestratorActions.keys()];
  cluster.execute({ type: 'RejectAction', data: { ns_id: 'ns', cluster_id: 'pg', action_id } });
  return cluster;
}
const proposals = (cluster: SimulatedCluster): number =>
  cluster.types().filter(type => type === 'OrchestratorActionCreated').length;

describe('when a person rejected what a rule proposed', () => {
  it('is not proposed again, and the decision says why', () => {
    const cluster = rejected();
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(proposals(cluster)).toBe(1);
    expect(cluster.latest('node-scale-up', 'group:main')).toMatchObject({
      outcome: 'hold',
      reason: 'REJECTED_BY_PERSON',
    });
  });

  it('is proposed again after a retry of the rule', () => {
    const cluster = rejected();
    cluster.execute({
      type: 'RetryRule',
      data: { ns_id: 'ns', cluster_id: 'pg', rule: 'node-scale-up', subject: 'group:main' },
    });
    cluster.cycle();
    expect(proposals(cluster)).toBe(2);
  });

  it('is proposed again after the spec changed', () => {
    const cluster = rejected();
    cluster.apply({ ...approvals(), interval: 11 });
    cluster.cycle();
    expect(proposals(cluster)).toBe(2);
  });
});

describe('when a group has more nodes than declared', () => {
  it('leaves them alone, says so, and is not converged', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(2));
    cluster.run();
    cluster.apply(specOf(1));
    cluster.cycle();
    expect(cluster.latest('node-scale-up', 'group:main')?.reason).toBe('ABOVE_DESIRED_COUNT');
    expect(cluster.state.convergence?.converged).toBe(false);
    expect(cluster.state.members.size).toBe(2);
  });
});
