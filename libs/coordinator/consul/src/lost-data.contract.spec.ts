import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Coordinator } from '@replicante/coordinator';
import type { TestServer } from '@replicante/testing';
import { describeWith, eventually, startTestServer } from '@replicante/testing';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { operator } from './consul-operator.fixture.js';
import { openConsulCoordinator } from './index.js';

const TTL_MS = 10_000;

await describeWith('consul', 'a Consul whose data directory was emptied', () => {
  let server: TestServer;
  const opened: Coordinator[] = [];
  beforeEach(async () => {
    server = await startTestServer('consul');
  });
  afterEach(async () => {
    for (const coordinator of opened.splice(0)) await coordinator.close();
    await server.stop();
  });

  const open = async (): Promise<Coordinator> => {
    const coordinator = await openConsulCoordinator({ address: server.address });
    opened.push(coordinator);
    return coordinator;
  };
  const loseData = async (): Promise<void> => {
    await server.kill();
    await rm(join(dirname(server.logFile), 'data'), { recursive: true });
    await server.restart();
  };
  /**
   * Not a word against us: a fresh Consul needs a moment until it serves. Asked seldom, for what it refuses meanwhile (a
   * session before it has found its own node in a restored snapshot) takes an index of its log all the same.
   */
  const answering = <T>(ask: () => Promise<T>): Promise<T> => eventually(ask, { within: 20_000, every: 400 });
  const refusedFor = (ask: () => Promise<unknown>): Promise<unknown> =>
    eventually(
      async () => {
        const error = await ask().catch((reason: unknown) => reason);
        const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
        return code === 'COORDINATOR_UNAVAILABLE' ? undefined : error;
      },
      { within: 20_000 },
    );

  it('ends every session and grants nothing to those who knew it, until a new epoch is begun', async () => {
    const [a, b] = [await open(), await open()];
    const session = await a.openSession({ name: 'a', ttlMs: TTL_MS });
    await b.openSession({ name: 'b', ttlMs: TTL_MS });
    const raised = await a.newEpoch(3);
    // Lifts the index, so that what is granted afterwards would be lower.
    for (let write = 0; write < 50; write++) await operator(server.address).write('elsewhere', String(write));
    const key = 'partition:7';
    const lease = (await session.acquire(key))!;

    await loseData();

    await eventually(() => lease.lost.aborted && session.ended.aborted, { within: TTL_MS });
    for (const coordinator of [a, b])
      expect(await refusedFor(() => coordinator.openSession({ name: 'again', ttlMs: TTL_MS }))).toMatchObject(
        {
          code: 'COORDINATOR_DATA_LOST',
          message: expect.stringContaining('new-epoch'),
        },
      );

    // As apps/command/src/coordinator-epoch does: the stream's highest epoch is what the new one must be above.
    expect(await answering(() => b.leases())).toEqual([]);
    const epoch = await b.newEpoch(raised);

    expect(epoch).toBeGreaterThan(raised);
    const after = await a.openSession({ name: 'after', ttlMs: TTL_MS });
    const next = (await after.acquire(key))!;
    expect(next.token).toBeLessThan(lease.token);
    expect([next.epoch, lease.epoch]).toEqual([epoch, raised]);
  });

  it('that a later process has settled in is no other for it, and stays refused by those who knew the old one', async () => {
    const old = await open();
    await old.openSession({ name: 'old', ttlMs: TTL_MS });
    await loseData();
    const late = await open();
    const session = await answering(() => late.openSession({ name: 'late', ttlMs: TTL_MS }));

    expect(await session.acquire('partition:1')).toMatchObject({ epoch: 1 });
    expect(await refusedFor(() => old.openSession({ name: 'old', ttlMs: TTL_MS }))).toMatchObject({
      code: 'COORDINATOR_DATA_LOST',
    });
    const epoch = await late.newEpoch(1);
    const back = await old.openSession({ name: 'old', ttlMs: TTL_MS });
    expect(await back.acquire('partition:2')).toMatchObject({ epoch });
  });

  it('and that was filled from an older snapshot grants nothing once its index is seen to have gone back', async () => {
    const coordinator = await open();
    await coordinator.openSession({ name: 'a', ttlMs: TTL_MS });
    const snapshot = await operator(server.address).snapshot();
    // The old index has to stay far above what the new server writes until it is asked for a lease.
    for (let write = 0; write < 10; write++)
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          operator(server.address).write(`elsewhere/${at}`, String(write)),
        ),
      );
    const session = await coordinator.openSession({ name: 'a', ttlMs: TTL_MS });
    const lease = (await session.acquire('partition:1'))!;
    await loseData();
    await answering(() =>
      operator(server.address)
        .restore(snapshot)
        .then(() => true),
    );

    // Same identity, same epoch: only the token tells.
    const after = await answering(() => coordinator.openSession({ name: 'after', ttlMs: TTL_MS }));
    await expect(after.acquire('partition:2')).rejects.toMatchObject({ code: 'COORDINATOR_DATA_LOST' });
    await expect(after.acquire('partition:3')).rejects.toMatchObject({ code: 'COORDINATOR_DATA_LOST' });

    const epoch = await coordinator.newEpoch(1);
    const next = await after.acquireWhenFree('partition:2', AbortSignal.timeout(5_000));
    expect(next.epoch).toBe(epoch);
    expect(next.token).toBeLessThan(lease.token);
  });

  it('is told from one that only restarted', async () => {
    const coordinator = await open();
    const session = await coordinator.openSession({ name: 'a', ttlMs: TTL_MS });
    const lease = await session.acquire('partition:1');
    await server.kill();
    await server.restart();

    const next = await answering(() => coordinator.openSession({ name: 'b', ttlMs: TTL_MS }));

    expect((await next.acquire('partition:2'))!.token).toBeGreaterThan(lease!.token);
    expect(lease!.lost.aborted).toBe(false);
  });
});
