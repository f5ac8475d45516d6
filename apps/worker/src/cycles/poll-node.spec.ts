import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { HttpPeer, Reply } from '../lying-agent.fixture.js';
import { agentReply, httpPeer } from '../lying-agent.fixture.js';
import { pollNode } from './poll-node.js';
import type { SeenNode } from './poll-node.js';

const [QUEUED, DONE, LOST] = [1, 2, 3].map(n => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
let connections: AgentConnections;
const peers: HttpPeer[] = [];
beforeEach(() => {
  connections = new AgentConnections();
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
  await connections.close();
});

const agent = async (over: Record<string, Reply> = {}): Promise<HttpPeer> => {
  const peer = await httpPeer(agentReply({ queue: [QUEUED], finished: [DONE] }, over));
  peers.push(peer);
  return peer;
};
const poll = (
  address: string,
  actionIds: readonly string[] = [],
  withinMs = 2_000,
  signal = new AbortController().signal,
): Promise<SeenNode> =>
  pollNode(connections.client({ address }), {
    nodeId: 'n1',
    actionIds,
    withinMs,
    signal,
    monotonicMs: () => performance.now(),
  });

describe('polling a node', () => {
  it('reads the queue before the finished ones, and asks about each action that is queued or waited for', async () => {
    const peer = await agent();
    const { observation } = await poll(peer.address, [DONE, LOST]);
    const order = peer.asked.map(({ path }) => path.replace('/api/unstable/', ''));
    expect(order.indexOf('actions/queue')).toBeLessThan(order.indexOf('actions/finished'));
    expect(observation.node).toMatchObject({ ok: true, value: { node_status: 'HEALTHY' } });
    expect(observation.actions).toMatchObject({
      [QUEUED]: { ok: true, value: { id: QUEUED } },
      [DONE]: { ok: true, value: { id: DONE } },
      [LOST]: { ok: true, value: 'absent' },
    });
  });

  it('asks no further when the agent does not say who it is', async () => {
    const peer = await agent({ 'info/node': { status: 500, body: { error: true, error_msg: 'broken' } } });
    const { observation } = await poll(peer.address);
    expect(peer.asked).toHaveLength(1);
    for (const part of [observation.node, observation.shards, observation.queue])
      expect(part).toEqual({
        ok: false,
        kind: 'refused',
        error: { error_msg: 'info/node: refused with 500: broken' },
      });
  });

  it('tells a dead agent, a hung one, a lying one and one that was not asked apart', async () => {
    const dead = await agent();
    await dead.close();
    expect((await poll(dead.address)).observation.node).toMatchObject({ kind: 'unreachable' });
    const hung = await agent({ 'info/node': 'hang' });
    expect((await poll(hung.address, [], 100)).observation.node).toMatchObject({ kind: 'timeout' });
    const lying = await agent({ 'info/node': { status: 200, body: '{"node_id":' } });
    expect((await poll(lying.address)).observation.node).toMatchObject({ kind: 'invalid' });
    const lost = AbortSignal.abort();
    expect((await poll(lying.address, [], 100, lost)).observation.node).toMatchObject({ kind: 'not_polled' });
  });

  it('keeps what it could read when a part fails, and asks for no details without both lists', async () => {
    const peer = await agent({ 'info/shards': 'drop', 'actions/finished': { status: 200, body: 'no' } });
    const { observation } = await poll(peer.address, [LOST]);
    expect(observation).toMatchObject({
      node: { ok: true },
      store: { ok: true },
      shards: { ok: false },
      queue: { ok: true },
      finished: { ok: false, kind: 'invalid' },
      actions: {},
    });
  });

  it('sees how actions go while the datastore hangs, and the datastore while the agent’s own lists hang', async () => {
    const stuck = await agent({ 'info/store': 'hang', 'info/shards': 'hang' });
    expect((await poll(stuck.address, [DONE], 300)).observation).toMatchObject({
      store: { kind: 'timeout' },
      queue: { ok: true },
      actions: { [DONE]: { ok: true, value: { id: DONE } } },
    });
    const locked = await agent({ 'actions/queue': 'hang' });
    expect((await poll(locked.address, [DONE], 1_000)).observation).toMatchObject({
      store: { ok: true },
      shards: { ok: true },
      queue: { kind: 'timeout' },
    });
  });

  it('takes no longer than it was given, however many calls hang', async () => {
    const peer = await agent({ 'info/store': 'hang', 'info/shards': 'hang', 'actions/queue': 'hang' });
    const startedMs = performance.now();
    const { observation } = await poll(peer.address, [], 150);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(observation).toMatchObject({
      node: { ok: true },
      store: { kind: 'timeout' },
      finished: { kind: 'not_polled' },
    });
  });
});
