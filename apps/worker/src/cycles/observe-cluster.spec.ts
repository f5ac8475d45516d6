import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { CycleObservation, CyclePlan } from '@replicante/domain';
import { eventually } from '@replicante/testing';
import type { HttpPeer, Reply } from '../lying-agent.fixture.js';
import { agentReply, httpPeer } from '../lying-agent.fixture.js';
import { AgentLanes } from './agent-lanes.js';
import { ObserveCluster } from './observe-cluster.js';

const peers: HttpPeer[] = [];
let connections: AgentConnections;
let clock: { offset: number };
let lanes: AgentLanes;
const errors: unknown[] = [];
beforeEach(() => {
  connections = new AgentConnections();
  clock = { offset: 0 };
  errors.length = 0;
  lanes = new AgentLanes({ quick: 8, slow: 2, monotonicMs, onError: error => void errors.push(error) });
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
  await connections.close();
  expect(errors).toEqual([]);
});

const agent = async (over: Record<string, Reply> = {}): Promise<string> => {
  const peer = await httpPeer(agentReply({ queue: [], finished: [] }, over));
  peers.push(peer);
  return peer.address;
};
const monotonicMs = (): number => performance.now() + clock.offset;
const observe = async (
  addresses: readonly string[],
  over: {
    token?: CyclePlan['agent_token'];
    withinMs?: number;
    signal?: AbortSignal;
    lost?: AbortSignal;
  } = {},
): Promise<() => CycleObservation> => {
  const observer = new ObserveCluster({
    connections,
    lanes,
    worker: 'w1',
    agentTimeoutMs: 1_000,
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
  const { withinMs = 5_000, signal = new AbortController().signal, lost = signal } = over;
  const observed = await observer.observe(plan, { begunMs: monotonicMs(), withinMs, signal, lost });
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

  const kinds = (document: () => CycleObservation): readonly string[] =>
    document().nodes.map(({ node }) => (node.ok ? 'ok' : node.kind));

  it('waits for an agent that falls silent, and in the next cycles no more; its answers come apart, each told once', async () => {
    const addresses = [await agent({ 'info/node': 'hang' }), await agent()];
    expect(kinds(await observe(addresses))).toEqual(['timeout', 'ok']);
    const asked = peers[0]!.asked.length;
    const document = await observe(addresses);
    expect(kinds(document)).toEqual(['not_polled', 'ok']);
    expect(document().nodes[0]!.node).toMatchObject({
      error: { error_msg: expect.stringMatching(/^asked apart .*: info\/node: /) },
    });
    expect(peers[0]!.asked).toHaveLength(asked + 1);
    const late = await eventually(
      async () => {
        const next = await observe(addresses);
        return kinds(next)[0] === 'timeout' && next;
      },
      { within: 5_000 },
    );
    const [silent, well] = late().nodes;
    expect(silent!.age_ms).toBeGreaterThan(well!.age_ms);
  });

  it('acts in the same cycle on an agent that is back and answers at once', async () => {
    const replies: Reply[] = ['hang'];
    const reply = agentReply({ queue: [], finished: [] });
    const peer = await httpPeer(asked => replies.shift() ?? reply(asked));
    peers.push(peer);
    expect(kinds(await observe([peer.address]))).toEqual(['timeout']);
    expect(kinds(await observe([peer.address]))).toEqual(['ok']);
    expect(lanes.silent).toBe(0);
  });

  it('asks nobody apart without the lease', async () => {
    const address = await agent({ 'info/node': 'hang' });
    await observe([address]);
    const asked = peers[0]!.asked.length;
    expect(kinds(await observe([address], { lost: AbortSignal.abort() }))).toEqual(['not_polled']);
    expect(peers[0]!.asked).toHaveLength(asked);
  });

  it('takes what an agent says of attributes and shards as it is', async () => {
    const shards = [{ id: 's', role: 'Primary', commit_offset: { unit: 'seconds', value: 3 }, lag: null }];
    const document = await observe([await agent({ 'info/shards': { status: 200, body: { shards } } })]);
    expect(document().nodes[0]!.shards).toEqual({ ok: true, value: shards });
  });
});
