import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { Instruction } from '@replicante/domain';
import { PlatformConnections } from '@replicante/platform-protocol';
import { eventually } from '@replicante/testing';
import type { HttpPeer, Reply } from '../lying-agent.fixture.js';
import { httpPeer } from '../lying-agent.fixture.js';
import type { Orders } from './act.js';
import { Act } from './act.js';
import type { OutcomeEntry } from './outcome-outbox.js';
import { PlatformCalls } from './platform-calls.js';

const ATTEMPT = '00000000-0000-4000-8000-0000000000aa';
let agents: AgentConnections;
let platforms: PlatformConnections;
let recorded: OutcomeEntry[];
let platformCalls: PlatformCalls;
let act: Act;
let peer: HttpPeer | undefined;

beforeEach(() => {
  agents = new AgentConnections();
  platforms = new PlatformConnections();
  recorded = [];
  platformCalls = new PlatformCalls({
    atOncePerPlatform: 1,
    onError: error => {
      throw error;
    },
  });
  act = new Act({
    agents,
    platforms,
    platformCalls,
    outbox: { record: async entry => void recorded.push(entry) },
    secret: async reference => `secret of ${JSON.stringify(reference)}`,
    monotonicMs: () => performance.now(),
    agentTimeoutMs: 200,
    ending: new AbortController().signal,
  });
});
afterEach(async () => {
  await peer?.close();
  peer = undefined;
  await agents.close();
  await platforms.close();
});

const answering = async (reply: Reply): Promise<string> => {
  peer = await httpPeer(() => reply);
  return peer.address;
};
const lost = new AbortController();
lost.abort();
const orders = (instruction: Instruction, over: Partial<Orders> = {}): Orders => ({
  task: { ns_id: 'default', cluster_id: 'pg' },
  work: { claim: { work: 'cycle', epoch: 2, token: 9, holder: 'h' }, correlationId: 'c' },
  plan: { ca_bundle: null, agent_token: { fromEnv: 'T' } },
  lease: { lost: new AbortController().signal, remainingMs: () => 1_000, epoch: 2, token: 9 },
  instructions: [instruction],
  sentMs: performance.now(),
  ...over,
});
const nodeAction = (agent_address: string, not_after_ms = 1_000): Instruction => ({
  kind: 'send_node_action',
  attempt_id: ATTEMPT,
  not_after_ms,
  node_id: 'n1',
  agent_address,
  request: { id: ATTEMPT, kind: 'k', args: null, created_time: '2026-01-01T00:00:00.000Z', metadata: {} },
});
const provision = (base_url: string): Instruction => ({
  kind: 'provision',
  attempt_id: ATTEMPT,
  not_after_ms: 1_000,
  platform: { base_url, tls_ca_bundle: null, tls_insecure_skip_verify: false, token: null },
  request: {
    cluster: { cluster_id: 'pg', store: 's', store_version: '1', attributes: {}, nodes: {} },
    provision: { count: 1, node_group_id: 'main' },
  },
});
const outcome = async (given: Orders): Promise<unknown> => {
  await act.carryOut(given);
  await platformCalls.settled();
  return recorded[0]?.outcome;
};

describe('an instruction', () => {
  it('carries attempt, fence and idempotency key, and the token that was read for it', async () => {
    const address = await answering({ status: 200, body: { id: ATTEMPT } });
    expect(await outcome(orders(nodeAction(address)))).toEqual({ kind: 'node_action', result: 'accepted' });
    expect(peer?.asked[0]?.headers).toMatchObject({
      'replicante-attempt-id': ATTEMPT,
      'replicante-fencing-token': '2.9',
      'idempotency-key': ATTEMPT,
      authorization: 'Bearer secret of {"fromEnv":"T"}',
    });
  });

  it.each<[string, Partial<Orders>, number]>([
    ['after its notAfter', {}, 0],
    ['when its time was up before the answer came', { sentMs: -10_000_000 }, 1_000],
    [
      'when the lease was lost',
      { lease: { lost: lost.signal, remainingMs: () => 1_000, epoch: 2, token: 9 } },
      1_000,
    ],
    [
      'when the lease ran out by the own clock',
      { lease: { lost: new AbortController().signal, remainingMs: () => 0, epoch: 2, token: 9 } },
      1_000,
    ],
  ])('is not sent %s', async (_when, over, notAfterMs) => {
    const address = await answering({ status: 200, body: { id: ATTEMPT } });
    expect(await outcome(orders(nodeAction(address, notAfterMs), over))).toEqual({
      kind: 'node_action',
      result: 'not_sent',
    });
    expect(peer?.asked).toEqual([]);
  });

  it.each<[string, Reply, unknown]>([
    [
      'accepted as known',
      { status: 409, body: { error: true, error_msg: 'known' } },
      { result: 'duplicate' },
    ],
    [
      'refused',
      { status: 400, body: { error: true, error_msg: 'no such kind' } },
      { result: 'failed', error: { error_msg: 'no such kind' } },
    ],
    ['unknown when no answer comes', 'hang', { result: 'unknown' }],
    ['unknown when the connection ends', 'drop', { result: 'unknown' }],
    ['unknown when the answer cannot be understood', { status: 200, body: 'yes' }, { result: 'unknown' }],
  ])('to an agent is %s, and was sent exactly once', async (_what, reply, expected) => {
    const address = await answering(reply);
    expect(await outcome(orders(nodeAction(address)))).toMatchObject(expected as object);
    expect(peer?.asked).toHaveLength(1);
  });

  it.each<[string, Reply, unknown]>([
    [
      'accepted',
      { status: 200, body: { count: 1, node_ids: ['n1'] } },
      { result: 'accepted', count: 1, node_ids: ['n1'] },
    ],
    [
      'refused',
      { status: 404, body: { error: true, error_msg: 'no template' } },
      { result: 'refused', error: { error_msg: 'no template' } },
    ],
    [
      'unknown when it fails inside, or behind a proxy that gave up',
      { status: 504, body: { error: true, error_msg: 'gave up' } },
      { result: 'unknown', error: { error_msg: 'gave up' } },
    ],
    ['unknown when the connection ends', 'drop', { result: 'unknown' }],
    ['unknown when the answer cannot be understood', { status: 200, body: '{}' }, { result: 'unknown' }],
  ])('to a platform is %s, and was sent exactly once', async (_what, reply, expected) => {
    const address = await answering(reply);
    expect(await outcome(orders(provision(address)))).toMatchObject({
      kind: 'provision',
      ...(expected as object),
    });
    expect(peer?.asked).toHaveLength(1);
  });

  it('to a platform that does not answer is not waited for, and what waits behind it too long is not sent', async () => {
    let answer = (_reply: Reply): void => undefined;
    peer = await httpPeer(() => new Promise<Reply>(resolve => (answer = resolve)));
    const { address, asked } = peer;
    const lease = { lost: new AbortController().signal, remainingMs: () => 1_000, epoch: 2, token: 9 };
    await act.carryOut(orders(provision(address), { lease }));
    let remaining = 1_000;
    const behind: Instruction = { ...provision(address), attempt_id: 'behind' };
    await act.carryOut(orders(behind, { lease: { ...lease, remainingMs: () => remaining } }));
    await eventually(() => asked.length === 1, { within: 2_000 });
    expect(recorded).toEqual([]);
    remaining = 0;
    answer({ status: 200, body: { count: 1, node_ids: null } });
    await platformCalls.settled();
    expect(recorded.map(({ attemptId, outcome: { result } }) => [attemptId, result])).toEqual([
      [ATTEMPT, 'accepted'],
      ['behind', 'not_sent'],
    ]);
    expect(asked).toHaveLength(1);
  });

  it('to nobody is told as what did not happen', async () => {
    const address = await answering('hang');
    await peer?.close();
    expect(await outcome(orders(provision(address)))).toMatchObject({ kind: 'provision', result: 'refused' });
  });
});
