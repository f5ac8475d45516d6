import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Coordinator } from '@replicante/coordinator';
import type { TestServer } from '@replicante/testing';
import { describeWith, eventually, startTestServer } from '@replicante/testing';
import { inspect } from 'node:util';
import type { ConsulCoordinatorOptions } from './index.js';
import { operator } from './consul-operator.fixture.js';
import { openConsulCoordinator } from './index.js';

await describeWith('consul', 'the end of a session at Consul', () => {
  let server: TestServer;
  const opened: Coordinator[] = [];
  beforeAll(async () => {
    server = await startTestServer('consul');
  });
  afterEach(async () => {
    for (const coordinator of opened.splice(0)) await coordinator.close();
  });
  afterAll(() => server.stop());

  const open = async (options: Partial<ConsulCoordinatorOptions> = {}): Promise<Coordinator> => {
    const coordinator = await openConsulCoordinator({ address: server.address, ...options });
    opened.push(coordinator);
    return coordinator;
  };

  it('leaves nothing but unlocked lease keys when it is polite', async () => {
    const coordinator = await open();
    const session = await coordinator.openSession({ name: 'a', ttlMs: 30_000 });
    await session.join('services', { service: 'worker' });
    await session.acquire('partition:1');
    await coordinator.close();

    expect(await operator(server.address).sessions()).toEqual([]);
    expect(await operator(server.address).keys('replicante/')).toEqual([
      'replicante/coordinator/fence',
      'replicante/coordinator/leases/partition:1',
    ]);
    expect(
      (await operator(server.address).key('replicante/coordinator/leases/partition:1'))?.Session,
    ).toBeUndefined();
  });

  it('is known to its holder long before the next renewal, and frees its leases after the lock delay only', async () => {
    const [a, b] = [await open({ lockDelayMs: 2_000 }), await open()];
    const session = await a.openSession({ name: 'a', ttlMs: 60_000 });
    const other = await b.openSession({ name: 'b', ttlMs: 60_000 });
    const lease = (await session.acquire('partition:2'))!;
    let lostAt = 0;
    lease.lost.addEventListener('abort', () => (lostAt = performance.now()));
    const waiting = other.acquireWhenFree('partition:2', AbortSignal.timeout(30_000));

    const destroyedAt = performance.now();
    await operator(server.address).destroySession(session.id);

    const next = await waiting;
    const takenAt = performance.now();
    expect(lostAt).toBeGreaterThan(destroyedAt);
    expect(lostAt - destroyedAt).toBeLessThan(1_500);
    expect(takenAt - destroyedAt).toBeGreaterThan(1_900);
    expect(lostAt).toBeLessThan(takenAt);
    expect(next.token).toBeGreaterThan(lease.token);
  });

  it('comes as soon as Consul answers again, when the holder gave up in an outage', async () => {
    const [a, b] = [await open({ callTimeoutMs: 500 }), await open({ callTimeoutMs: 500 })];
    const session = await a.openSession({ name: 'a', ttlMs: 2_000 });
    const lease = (await session.acquire('partition:3'))!;
    server.freeze();
    await eventually(() => session.ended.aborted, { within: 5_000, every: 5 });
    const endedAt = performance.now();
    await eventually(() => performance.now() > endedAt + 700, {
      within: 5_000,
      what: 'telling Consul has failed',
    });
    server.thaw();
    const thawedAt = performance.now();

    const other = await eventually(() => b.openSession({ name: 'b', ttlMs: 30_000 }), { within: 10_000 });
    const next = await other.acquireWhenFree('partition:3', AbortSignal.timeout(30_000));

    // Consul by itself would free it some 18 s later.
    expect(performance.now() - thawedAt).toBeLessThan(10_000);
    expect(next.token).toBeGreaterThan(lease.token);
  });

  it('leaves a member key behind, which whoever comes next removes', async () => {
    const coordinator = await open();
    const session = await coordinator.openSession({ name: 'a', ttlMs: 30_000 });
    await session.join('services', {});
    await operator(server.address).destroySession(session.id);
    expect(await coordinator.members('services')).toEqual([]);

    await coordinator.openSession({ name: 'b', ttlMs: 30_000 });

    await eventually(
      async () => (await operator(server.address).keys('replicante/coordinator/members/')).length === 0,
      { within: 5_000 },
    );
  });

  it('hangs on its TTL only, at least Consul’s 10 s, and on no check of a node', async () => {
    const coordinator = await open();
    await coordinator.openSession({ name: 'short', ttlMs: 1_000 });
    await coordinator.openSession({ name: 'long', ttlMs: 30_000 });
    const sessions = await operator(server.address).sessions();
    expect(sessions.map(({ Name, TTL }) => [Name, TTL]).sort()).toEqual([
      ['long', '30000ms'],
      ['short', '10000ms'],
    ]);
    for (const session of sessions) expect(session).toMatchObject({ NodeChecks: [] });
    expect(coordinator.capabilities.expiryBoundMs(1_000)).toBe(24_000);
    expect(coordinator.capabilities.expiryBoundMs(30_000)).toBe(64_000);
  });

  it('of one installation is nothing to another with its own prefix', async () => {
    const [a, b] = [await open(), await open({ prefix: 'other' })];
    await (await a.openSession({ name: 'a', ttlMs: 30_000 })).acquire('leader:scheduler');
    const session = await b.openSession({ name: 'b', ttlMs: 30_000 });

    expect(await session.acquire('leader:scheduler')).toMatchObject({ holder: session.id });
    expect(await a.leases()).toHaveLength(1);
  });

  it('is no secret, and the ACL token is: no error shows it, however deep one looks', async () => {
    const token = 'e3c0a1b2-marker-secret';
    const told: unknown[] = [];
    const coordinator = await open({ token, datacenter: 'nowhere', onError: error => told.push(error) });
    for (const call of [
      () => coordinator.leases(),
      () => coordinator.newEpoch(0),
      () => coordinator.openSession({ name: 'a', ttlMs: 30_000 }),
    ])
      told.push(await call().catch((error: unknown) => error));
    expect(told).toHaveLength(3);
    for (const error of told) {
      expect(error).toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(token);
    }
  });
});

describe('a Consul that is not there', () => {
  it('stops no boot: only what needs it is refused, with a code', async () => {
    const coordinator = await openConsulCoordinator({ address: '127.0.0.1:1' });
    for (const call of [
      () => coordinator.openSession({ name: 'a', ttlMs: 10_000 }),
      () => coordinator.leases(),
      () => coordinator.members('services'),
      () => coordinator.newEpoch(0),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    await coordinator.close();
  });
});
