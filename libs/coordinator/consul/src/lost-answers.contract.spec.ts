import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Coordinator, Session } from '@replicante/coordinator';
import type { TestServer } from '@replicante/testing';
import { describeWith, eventually, startTestServer } from '@replicante/testing';
import { operator } from './consul-operator.fixture.js';
import { openConsulCoordinator } from './index.js';
import { startLossyProxy } from './lossy-proxy.fixture.js';

const LEASES = 'replicante/coordinator/leases/';
const LOCK = '"Verb":"lock"';

await describeWith('consul', 'a call to Consul whose answer was lost or late', () => {
  let server: TestServer;
  let proxy: Awaited<ReturnType<typeof startLossyProxy>>;
  const opened: Coordinator[] = [];
  let keys = 0;
  beforeAll(async () => {
    server = await startTestServer('consul');
    proxy = await startLossyProxy(server.address);
  });
  afterEach(async () => {
    for (const coordinator of opened.splice(0)) await coordinator.close();
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  const session = async (address: string, ttlMs = 5_000): Promise<Session> => {
    const coordinator = await openConsulCoordinator({ address, callTimeoutMs: 700 });
    opened.push(coordinator);
    return coordinator.openSession({ name: 'a', ttlMs });
  };
  const key = (): string => `partition:${++keys}`;

  it('is answered again, with the token of the grant that was lost', async () => {
    const holder = await session(proxy.address, 60_000);
    const name = key();
    proxy.next(LOCK, 'lose');
    await expect(holder.acquire(name)).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    const granted = await operator(server.address).key(`${LEASES}${name}`);

    const lease = await holder.acquire(name);

    expect(lease).toMatchObject({ token: granted?.ModifyIndex });
    expect(await operator(server.address).key(`${LEASES}${name}`)).toEqual(granted);
  });

  it('leaves no lease that nobody knows: the next renewal gives it back', async () => {
    const holder = await session(proxy.address);
    const other = await session(server.address);
    const name = key();
    proxy.next(LOCK, 'lose');
    await expect(holder.acquire(name)).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    expect(await other.acquire(name)).toBeUndefined();

    await other.acquireWhenFree(name, AbortSignal.timeout(5_000));

    expect(holder.ended.aborted).toBe(false);
  });

  it('does no harm when it arrives after the lease was granted by the next one', async () => {
    const holder = await session(proxy.address, 3_000);
    const name = key();
    proxy.next(LOCK, 'hold');
    await expect(holder.acquire(name)).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    const lease = (await holder.acquire(name))!;
    const granted = await operator(server.address).key(`${LEASES}${name}`);

    expect(await proxy.letGo()).toEqual([409]);

    expect(await operator(server.address).key(`${LEASES}${name}`)).toEqual(granted);
    const left = lease.remainingMs();
    await eventually(() => lease.remainingMs() > left, { within: 3_000, what: 'renewed' });
    expect(lease.lost.aborted).toBe(false);
  });

  it('does no harm when it arrives after the session has ended', async () => {
    const holder = await session(proxy.address, 3_000);
    const other = await session(server.address);
    const name = key();
    proxy.next(LOCK, 'hold');
    await expect(holder.acquire(name)).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    await holder.close();

    expect(await proxy.letGo()).toEqual([409]);

    expect(await other.acquire(name)).toMatchObject({ holder: other.id });
  });

  it('of a renewal does not make the holder count from its answer', async () => {
    const holder = await session(proxy.address, 3_000);
    const lease = (await holder.acquire(key()))!;
    const left = lease.remainingMs();
    expect(left).toBeLessThanOrEqual(2_700);
    proxy.next('get-tree', 'hold');
    await eventually(() => proxy.heldCount() > 0, { within: 3_000, every: 5 });
    const whenSent = lease.remainingMs();

    await proxy.letGo();

    expect(lease.remainingMs()).toBeLessThanOrEqual(whenSent);
    await eventually(() => lease.remainingMs() > whenSent, {
      within: 3_000,
      what: 'renewed by the next try',
    });
    expect(lease.lost.aborted).toBe(false);
  });
});
