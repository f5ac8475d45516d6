import { describe, expect, it } from '@jest/globals';
import type { Namespace } from '../../model/namespace.js';
import { clusterDecider } from '../decide/index.js';
import type { DecisionInput, SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster, namespaceOf } from '../simulated-cluster.fixture.js';
import { fresh, ids, nodeActionByHand } from '../rules/asked.fixture.js';

const begin = (cluster: SimulatedCluster) =>
  cluster.execute({ type: 'BeginCycle', data: { ...ids, cycle_id: 'c-1' } }, cluster.lease);
const planOf = (cluster: SimulatedCluster) => {
  const answer = begin(cluster);
  if (typeof answer === 'string' || answer.kind !== 'cycle_plan') throw new Error(JSON.stringify(answer));
  return answer.plan;
};

describe('the plan of a cycle', () => {
  it('names every member in the order of discovery, its agent, and the unfinished actions to ask about', () => {
    const cluster = fresh(3);
    cluster.discover(['pg-3', 'pg-1', 'pg-2']);
    for (const kind of ['b', 'a', 'c']) nodeActionByHand(cluster, kind, 'pg-2');
    nodeActionByHand(cluster, 'd', 'pg-3');
    expect(planOf(cluster)).toEqual({
      cycle_id: 'c-1',
      mode: 'sync',
      spec_revision: 0,
      interval_seconds: 10,
      ca_bundle: null,
      agent_token: null,
      nodes: [
        { node_id: 'pg-3', agent_address: 'http://pg-3', action_ids: ['by-hand d'] },
        { node_id: 'pg-1', agent_address: 'http://pg-1', action_ids: [] },
        {
          node_id: 'pg-2',
          agent_address: 'http://pg-2',
          action_ids: ['by-hand a', 'by-hand b', 'by-hand c'],
        },
      ],
    });
  });

  it('carries how agents of the namespace are asked: its authority and the place of its token', () => {
    const cluster = fresh(1);
    cluster.namespace = {
      ...namespaceOf(),
      tls: { ca_bundle: 'PEM' },
      agents: { token: { fromEnv: 'AGENT_TOKEN' } },
    };
    expect(planOf(cluster)).toMatchObject({ ca_bundle: 'PEM', agent_token: { fromEnv: 'AGENT_TOKEN' } });
  });

  it.each<[Namespace['status'], string]>([
    ['Active', 'sync'],
    ['Observed', 'observe'],
    ['Deleting', 'delete'],
    ['Deleted', 'delete'],
  ])('has, in a namespace that is %s, the mode %s', (status, mode) => {
    const cluster = fresh(1);
    cluster.namespace = namespaceOf(status);
    expect(planOf(cluster).mode).toBe(mode);
  });

  it('is not made in a namespace that does not exist', () => {
    const cluster = fresh(1);
    const inputs: DecisionInput[] = [];
    cluster.inspect = input => void inputs.push(input);
    begin(cluster);
    const [input] = inputs;
    if (!input) throw new Error('nothing was decided');
    const decision = clusterDecider.decide(input.envelope, input.state, {
      ...input.context,
      namespace: { status: 'absent' },
    });
    expect(decision).toMatchObject({ accepted: false, rejection: { code: 'NAMESPACE_NOT_FOUND' } });
  });
});

describe('the lease of a cycle', () => {
  const taken = (cluster: SimulatedCluster) =>
    cluster.log.flatMap(({ event }) => (event.type === 'cluster.LeaseTaken.v1' ? [event.data] : []));

  it('is recorded whole, with the cluster, when its holder comes for the first time, and then no more', () => {
    const cluster = fresh(1);
    begin(cluster);
    expect(taken(cluster).at(-1)).toEqual({ ...ids, lease: cluster.lease });
    const before = cluster.log.length;
    begin(cluster);
    expect(cluster.log).toHaveLength(before);
  });

  it('is one of cycles: that of a discovery begins none', () => {
    const cluster = fresh(1);
    expect(
      cluster.execute({ type: 'BeginCycle', data: { ...ids, cycle_id: 'c' } }, cluster.discoveryLease),
    ).toBe('INVALID_REQUEST');
    expect(cluster.execute({ type: 'BeginCycle', data: { ...ids, cycle_id: 'c' } })).toBe('INVALID_REQUEST');
  });
});

describe('the sample that ends a cycle', () => {
  it('says when it was, who looked under which lease, what was found, and the revision after it', () => {
    const cluster = convergedCluster(1);
    const at = cluster.nowMs;
    const verdict = cluster.cycle();
    if (typeof verdict === 'string') throw new Error(verdict);
    expect(verdict.sample).toMatchObject({
      ...ids,
      mode: 'sync',
      began_at: new Date(at - 10).toISOString(),
      completed_at: new Date(at).toISOString(),
      interval_seconds: 10,
      revision: cluster.revision,
      spec_revision: 0,
      converged: true,
      waits_for: [],
      observer: 'worker-1',
      lease: { epoch: 1, token: 1, holder: 'a' },
      nodes: [
        {
          node_id: 'pg-1',
          node_status: 'HEALTHY',
          observed_at: new Date(at - 5).toISOString(),
          shards: [{ shard_id: 'postgresql', lag: null }],
          volatile: {},
        },
      ],
    });
    expect(verdict.sample.cycle_id).toMatch(/^cycle-\d+$/);
    expect(verdict.sample.lease).not.toHaveProperty('work');
  });

  it('counts the events of its own cycle in its revision', () => {
    const cluster = convergedCluster(1);
    cluster.apply({ ...specNow(cluster), interval: 20 });
    const verdict = cluster.cycle();
    expect(verdict).toMatchObject({ sample: { revision: cluster.revision, interval_seconds: 20 } });
  });

  it('has no word of a node that was not polled', () => {
    const cluster = convergedCluster(3);
    expect(cluster.cycle(['pg-2'])).toMatchObject({ sample: { nodes: [{ node_id: 'pg-2' }] } });
  });

  it('has the status of a node that does not answer, and nothing of what it has', () => {
    const cluster = convergedCluster(1);
    Object.assign(cluster.nodes.get('pg-1') ?? {}, { up: false });
    const verdict = cluster.cycle();
    expect(verdict).toMatchObject({
      sample: { nodes: [{ node_status: 'UNREACHABLE', shards: [], volatile: {} }] },
    });
  });
});

function specNow(cluster: SimulatedCluster) {
  if (cluster.state.spec.status !== 'declared') throw new Error('not declared');
  return cluster.state.spec.spec;
}
