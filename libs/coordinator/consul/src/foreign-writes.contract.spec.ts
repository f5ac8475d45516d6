import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Coordinator, Lease, Session } from '@replicante/coordinator';
import type { TestServer } from '@replicante/testing';
import { describeWith, eventually, startTestServer } from '@replicante/testing';
import { operator } from './consul-operator.fixture.js';
import { ForeignWriteError, openConsulCoordinator } from './index.js';

const LEASES = 'replicante/coordinator/leases/';
const TTL_MS = 10_000;

await describeWith('consul', 'keys that somebody else wrote', () => {
  let server: TestServer;
  const opened: Coordinator[] = [];
  const told: unknown[] = [];
  let keys = 0;
  beforeAll(async () => {
    server = await startTestServer('consul');
  });
  afterEach(async () => {
    for (const coordinator of opened.splice(0)) await coordinator.close();
    told.length = 0;
  });
  afterAll(() => server.stop());

  const open = async (): Promise<Coordinator> => {
    const coordinator = await openConsulCoordinator({
      address: server.address,
      onError: error => told.push(error),
    });
    opened.push(coordinator);
    return coordinator;
  };
  const holding = async (): Promise<{ key: string; path: string; session: Session; lease: Lease }> => {
    const session = await (await open()).openSession({ name: 'holder', ttlMs: TTL_MS });
    const key = `partition:${++keys}`;
    const lease = await session.acquire(key);
    if (!lease) throw new Error(`${key} was refused`);
    return { key, path: `${LEASES}${key}`, session, lease };
  };
  const foreign = (): ForeignWriteError[] => told.filter(error => error instanceof ForeignWriteError);

  it('are a fact of Consul: a plain write sets LockIndex to 0 and leaves the lock', async () => {
    const { path, lease, session } = await holding();
    expect(await operator(server.address).key(path)).toMatchObject({
      LockIndex: 1,
      ModifyIndex: lease.token,
      Session: session.id,
    });
    await operator(server.address).write(path, 'garbage');
    expect(await operator(server.address).key(path)).toMatchObject({ LockIndex: 0, Session: session.id });
  });

  it.each([
    'garbage',
    '',
    '{"epoch":-1,"name":7}',
    '{"epoch":1,"name":"holder"}',
    '\u0000\uffff',
    'x'.repeat(400_000),
  ])(
    'cost the lease that they overwrite, which can be had again at once with a higher token (%#)',
    async value => {
      const { key, path, session, lease } = await holding();

      await operator(server.address).write(path, value);

      await eventually(() => lease.lost.aborted, { within: 5_000 });
      const again = await session.acquireWhenFree(key, AbortSignal.timeout(5_000));
      expect(again.token).toBeGreaterThan(lease.token);
      expect(session.ended.aborted).toBe(false);
      expect(foreign().map(error => [error.code, error.path])).toEqual([['COORDINATOR_KEY_FOREIGN', path]]);
      expect(await operator(server.address).key(path)).toMatchObject({
        LockIndex: 1,
        ModifyIndex: again.token,
      });
    },
  );

  it('cost the lease that they delete, told once, and counted from write to write', async () => {
    const first = await holding();
    await operator(server.address).remove(first.path);
    await eventually(() => first.lease.lost.aborted, { within: 5_000 });
    const again = await first.session.acquireWhenFree(first.key, AbortSignal.timeout(5_000));
    await operator(server.address).write(first.path, 'garbage');
    await eventually(() => again.lost.aborted, { within: 5_000 });

    expect(again.token).toBeGreaterThan(first.lease.token);
    expect(foreign().map(error => error.seen)).toEqual([1, 2]);
  });

  it('are locked over where nobody held the key', async () => {
    const session = await (await open()).openSession({ name: 'holder', ttlMs: TTL_MS });
    const key = `partition:${++keys}`;
    await operator(server.address).write(`${LEASES}${key}`, 'garbage');

    expect(await session.acquire(key)).toMatchObject({ key, holder: session.id });
    expect(foreign()).toHaveLength(1);
  });

  it('are respected where they are a lock, and shown to people', async () => {
    const coordinator = await open();
    const session = await coordinator.openSession({ name: 'holder', ttlMs: TTL_MS });
    const key = `partition:${++keys}`;
    const holder = await operator(server.address).lock(`${LEASES}${key}`);

    expect(await session.acquire(key)).toBeUndefined();
    expect(await session.acquire(key)).toBeUndefined();
    expect(await coordinator.leases()).toContainEqual(
      expect.objectContaining({ key, holder, holderName: 'not a holder of ours', epoch: 0 }),
    );
    expect(session.ended.aborted).toBe(false);
    await operator(server.address).destroySession(holder);
  });

  it.each(['garbage', '{"identity":"x","epoch":1}', undefined])(
    'at the fence key (%s) cost no lease and no session, and the epoch stands again',
    async value => {
      const { session, lease } = await holding();
      const coordinator = opened.at(-1)!;
      const epoch = await coordinator.newEpoch(6);
      await eventually(() => lease.lost.aborted, { within: 10_000 });
      const under = await session.acquireWhenFree(lease.key, AbortSignal.timeout(5_000));

      const path = 'replicante/coordinator/fence';
      if (value === undefined) await operator(server.address).remove(path);
      else await operator(server.address).write(path, value);

      await eventually(async () => (await coordinator.epoch()) === epoch, { within: TTL_MS });
      expect(under.lost.aborted).toBe(false);
      expect(foreign()).toMatchObject([{ path }]);
      expect(await session.acquire(`partition:${++keys}`)).toMatchObject({ epoch });
      const late = await (await open()).openSession({ name: 'late', ttlMs: TTL_MS });
      expect(await late.acquire(`partition:${++keys}`)).toMatchObject({ epoch });
    },
  );

  it.each(['remove', 'write'] as const)('at a membership (%s) do not hide who lives', async how => {
    const coordinator = await open();
    const session = await coordinator.openSession({ name: 'worker', ttlMs: TTL_MS });
    await session.join('services', { service: 'worker' });
    const before = await coordinator.members('services');
    await operator(server.address)[how](`replicante/coordinator/members/services/${session.id}`, 'garbage');

    await eventually(
      async () => {
        expect(await coordinator.members('services')).toEqual(before);
        return foreign().length > 0;
      },
      { within: TTL_MS },
    );
    expect(before).toHaveLength(1);
    expect(foreign()).toHaveLength(1);
  });

  it('below the prefix but none of ours are left alone, and nothing is told', async () => {
    const { lease } = await holding();
    await operator(server.address).write('replicante/coordinator/note', 'garbage');
    await operator(server.address).write('replicante/coordinator/members/', '');
    const session = await (await open()).openSession({ name: 'b', ttlMs: TTL_MS });

    expect(await session.acquire(`partition:${++keys}`)).toBeDefined();
    expect(lease.lost.aborted).toBe(false);
    expect(await operator(server.address).key('replicante/coordinator/note')).toBeDefined();
    expect(told).toEqual([]);
  });
});

describe('a foreign write', () => {
  it('is an error with a code, like all that this adapter tells', () => {
    expect(new ForeignWriteError('a/b', 2, 'was overwritten')).toMatchObject({
      code: 'COORDINATOR_KEY_FOREIGN',
      message: 'Consul key a/b was overwritten (foreign writes seen so far: 2)',
    });
  });
});
