import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PlatformObservation } from '@replicante/domain';
import type { ErrorCode } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';
import { PlatformConnections } from '@replicante/platform-protocol';
import type { ServiceSession } from '@replicante/service';
import type { TaskContext } from '@replicante/task-queue';
import { PartitionLeases } from '../leases/partition-leases.js';
import { workerSession } from '../leases/worker-session.fixture.js';
import type { HttpPeer, Reply } from '../lying-agent.fixture.js';
import { httpPeer } from '../lying-agent.fixture.js';
import { DiscoverPlatform } from './discover-platform.js';
import { SilentPlatforms } from './silent-platforms.js';

const context: TaskContext = { signal: new AbortController().signal, heartbeat: () => Promise.resolve() };
const task = { ns_id: 'default', name: 'local', awaited: ['pg'], partition: 2 };
const node = { agent_address: 'http://a', node_class: 'c', node_id: 'n1', node_group: null };
let platforms: PlatformConnections;
let session: ServiceSession;
let leases: PartitionLeases;
let peer: HttpPeer;
let submitted: PlatformObservation[];
let works: string[];
let rejected: unknown[];

beforeEach(() => {
  platforms = new PlatformConnections();
  session = workerSession();
  leases = new PartitionLeases({
    session,
    onError: error => {
      throw error;
    },
  });
  [submitted, works, rejected] = [[], [], []];
});
afterEach(async () => {
  await session.close();
  await peer.close();
  await platforms.close();
});

const discover = async (
  reply: Reply | (() => Reply),
  {
    refusals = [],
    token = null,
    times = 1,
  }: { refusals?: (ErrorCode | 'ok')[]; token?: { fromEnv: string } | null; times?: number } = {},
) => {
  peer = await httpPeer(typeof reply === 'function' ? reply : () => reply);
  const handler = new DiscoverPlatform({
    control: {
      beginDiscovery: async ({ claim }) => {
        works.push(claim.work);
        const code = refusals.shift() ?? 'ok';
        if (code !== 'ok') throw new RejectedError({ code, message: code });
        return {
          base_url: peer.address,
          tls_ca_bundle: null,
          tls_insecure_skip_verify: false,
          token,
          interval_seconds: 1,
        };
      },
      submitDiscovery: async (_work, _platform, json) => {
        submitted.push(JSON.parse(json) as PlatformObservation);
        return 'recorded';
      },
    },
    platforms,
    silent: new SilentPlatforms(2),
    secret: () => Promise.reject(new Error('no such variable')),
    leaseFor: partition => leases.forTask(partition),
    worker: 'w1',
    monotonicMs: () => performance.now(),
    onRejected: (_task, clusters) => void rejected.push(...clusters),
  });
  for (let i = 1; i < times; i += 1) await handler.run(task, context);
  return handler.run(task, context);
};

describe('a discovery', () => {
  it('hands over what the platform shows, under its own work, with an age', async () => {
    const clusters = [{ cluster_id: 'pg', nodes: [node] }];
    expect(await discover({ status: 200, body: { clusters } })).toEqual({ outcome: 'executed' });
    expect(works).toEqual(['discovery:local']);
    expect(submitted[0]).toMatchObject({
      observer: 'w1',
      idempotency_keys: false,
      answer: { ok: true, value: clusters },
    });
    expect(submitted[0]!.age_ms).toBeGreaterThanOrEqual(0);
  });

  it('tells for how long it has had the same answer, and begins anew with another', async () => {
    const answers = [1, 1, 1, 2].map(n => ({ clusters: [{ cluster_id: `c${n}`, nodes: [] }] }));
    await discover(() => ({ status: 200, body: answers.shift() }), { times: 4 });
    const [first, second, third, other] = submitted.map(({ same_for_ms }) => same_for_ms);
    expect([first, other]).toEqual([0, 0]);
    expect(third).toBeGreaterThanOrEqual(second ?? Number.NaN);
    expect(third).toBeGreaterThan(0);
  });

  it.each<[string, Reply]>([
    ['refused', { status: 500, body: { error: true, error_msg: 'broken' } }],
    ['invalid', { status: 200, body: '{"clusters":' }],
    ['unreachable', 'drop'],
    ['timeout', 'hang'],
  ])('hands over that there was no answer: %s', async (kind, reply) => {
    expect(await discover(reply)).toEqual({ outcome: 'executed' });
    expect(submitted[0]!.answer).toMatchObject({ ok: false, kind });
  });

  it('names a cluster whose id does not fit, and keeps the others', async () => {
    const body = {
      clusters: [
        { cluster_id: 'a:b', nodes: [node] },
        { cluster_id: 'pg', nodes: [node] },
      ],
    };
    await discover({ status: 200, body });
    expect(submitted[0]!.answer).toMatchObject({
      ok: true,
      value: [{ cluster_id: 'pg' }, { cluster_id: 'a:b', nodes: [] }],
    });
    expect(rejected).toHaveLength(1);
  });

  // Chaos seed 21, without idempotency keys: the unknown provision of a first node was never settled.
  it('says of an awaited cluster that is not shown that it has no nodes there', async () => {
    await discover({ status: 200, body: { clusters: [{ cluster_id: 'other', nodes: [node] }] } });
    expect(submitted[0]!.answer).toMatchObject({
      ok: true,
      value: [{ cluster_id: 'other' }, { cluster_id: 'pg', nodes: [] }],
    });
  });

  it.each([['pg'], [5]])(
    'says nothing of an awaited cluster that may be the unreadable one: %s',
    async id => {
      await discover({ status: 200, body: { clusters: [{ cluster_id: id, nodes: 'many' }] } });
      expect(submitted[0]!.answer).toMatchObject({ ok: true, value: [] });
    },
  );

  it('asks nobody when the token cannot be read, and does not call that "down"', async () => {
    await discover({ status: 200, body: { clusters: [] } }, { token: { fromEnv: 'X' } });
    expect(peer.asked).toEqual([]);
    expect(submitted[0]!.answer).toMatchObject({ ok: false, kind: 'not_polled' });
  });

  it.each<[ErrorCode, object]>([
    ['PLATFORM_INACTIVE', { outcome: 'abandoned', reason: 'PLATFORM_INACTIVE' }],
    ['NAMESPACE_NOT_ACTIVE', { outcome: 'abandoned', reason: 'NAMESPACE_NOT_ACTIVE' }],
    ['SERVICE_UNAVAILABLE', { outcome: 'retry', reason: 'SERVICE_UNAVAILABLE' }],
    ['FENCED', { outcome: 'executed' }],
  ])('ends by what command says: %s', async (code, expected) => {
    expect(await discover({ status: 200, body: { clusters: [] } }, { refusals: [code] })).toEqual(expected);
  });
});
