import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { CycleObservation, CyclePlan } from '@replicante/domain';
import type { HttpPeer, Reply } from '../lying-agent.fixture.js';
import { agentReply, httpPeer } from '../lying-agent.fixture.js';
import { AgentLanes } from './agent-lanes.js';
import { ObserveCluster } from './observe-cluster.js';

const peers: HttpPeer[] = [];
let connections: AgentConnections;
let clock: { offset: number };
beforeEach(() => {
  connections = new AgentConnections();
  clock = { offset: 0 };
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
  await connections.close();
});

const agent = async (over: Record<string, Reply> = {}): Promise<string> => {
  const peer = await httpPeer(agentReply({ queue: [], finished: [] }, over));
  peers.push(peer);
  return peer.address;
};
const monotonicMs = (): number => performance.now() + clock.offset;
const observe = async (
  addresses: readonly string[],
  over: { token?: CyclePlan['agent_token']; withinMs?: number; signal?: AbortSignal } = {},
): Promise<() => CycleObservation> => {
  const observer = new ObserveCluster({
    connections,
    lanes: new AgentLanes({ quick: 8, slow: 2, monotonicMs }),
    worker: 'w1',
    agentTimeoutMs: 300,
    secret: reference =>
      'fromEnv' in reference && reference.fromEnv === 'KNOWN'
        ? Promise.resolve('s3cret')
        : Promise.reject(new Error('not set')),
    monotonicMs,
  });
  const plan: CyclePlan = {
    cycle_id: 'c1',
    mode: 'sync',
    spec_revision: 3,
    interval_seconds: 1,
    ca_bundle: null,
    agent_token: over.token ?? null,
    nodes: addresses.map((agent_address, index) => ({ node_id: `n${index}`, agent_address, action_ids: [] })),
  };
  const signal = over.signal ?? new AbortController().signal;
  const observed = await observer.observe(plan, monotonicMs(), over.withinMs ?? 5_000, signal);
  return () => observed.document();
};

describe('observing a cluster', () => {
  it('keeps the order of the plan, and one bad agent to itself', async () => {
    const document = await observe([
      await agent({ 'info/node': 'hang' }),
      await agent(),
      await agent({ 'info/node': 'drop' }),
    ]);
    expect(document().nodes.map(({ node_id, node }) => [node_id, node.ok ? 'ok' : node.kind])).toEqual([
      ['n0', 'timeout'],
      ['n1', 'ok'],
      ['n2', 'unreachable'],
    ]);
  });

  it('tells ages as of when it is sent, by the monotonic clock', async () => {
    const document = await observe([await agent()]);
    clock.offset = 5_000;
    const { cycle_age_ms, nodes } = document();
    expect(cycle_age_ms).toBeGreaterThanOrEqual(5_000);
    expect(nodes[0]!.age_ms).toBeGreaterThanOrEqual(5_000);
    expect(nodes[0]!.age_ms).toBeLessThanOrEqual(cycle_age_ms);
  });

  it('sends the token of the namespace, and asks nobody when it cannot be read', async () => {
    const address = await agent();
    await observe([address], { token: { fromEnv: 'KNOWN' } });
    expect(peers[0]!.asked[0]!.headers.authorization).toBe('Bearer s3cret');
    const asked = peers[0]!.asked.length;
    const document = await observe([address], { token: { fromEnv: 'UNKNOWN' } });
    expect(peers[0]!.asked).toHaveLength(asked);
    expect(document().nodes[0]!.node).toMatchObject({ ok: false, kind: 'not_polled' });
    expect(JSON.stringify(document())).not.toContain('s3cret');
  });

  it('does not ask when the lease is lost or no time is left, and says that it did not', async () => {
    const address = await agent();
    for (const over of [{ signal: AbortSignal.abort() }, { withinMs: 10 }]) {
      const document = await observe([address], over);
      expect(document().nodes[0]!.node).toMatchObject({ ok: false, kind: 'not_polled' });
    }
    expect(peers[0]!.asked).toEqual([]);
  });

  it('takes what an agent says of attributes and shards as it is', async () => {
    const shards = [{ id: 's', role: 'Primary', commit_offset: { unit: 'seconds', value: 3 }, lag: null }];
    const document = await observe([await agent({ 'info/shards': { status: 200, body: { shards } } })]);
    expect(document().nodes[0]!.shards).toEqual({ ok: true, value: shards });
  });
});
