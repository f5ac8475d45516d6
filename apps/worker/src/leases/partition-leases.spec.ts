import { afterEach, describe, expect, it } from '@jest/globals';
import type { Coordinator } from '@replicante/coordinator';
import { MemoryCoordinatorData, memoryCoordinator } from '@replicante/coordinator-memory';
import { systemSessionTime } from '@replicante/coordinator';
import { eventually } from '@replicante/testing';
import { PartitionLeases } from './partition-leases.js';
import { workerSession } from './worker-session.fixture.js';

const opened: (() => Promise<void>)[] = [];
const errors: unknown[] = [];
/** A slow machine does not end a session of 30 s. */
const world = ({ ttlMs = 30_000 } = {}): {
  data: MemoryCoordinatorData;
  worker: (name: string) => { leases: PartitionLeases; stop: () => Promise<void> };
  coordinator: Coordinator;
} => {
  const data = new MemoryCoordinatorData(systemSessionTime);
  const coordinator = memoryCoordinator({ data });
  const worker = (instance: string) => {
    const session = workerSession({ coordinator: memoryCoordinator({ data }), instance, ttlMs });
    const leases = new PartitionLeases({ session, onError: error => void errors.push(error) });
    const stop = async () => {
      leases.close();
      await session.close();
    };
    opened.push(stop);
    return { leases, stop };
  };
  return { data, worker, coordinator };
};
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

describe('the leases of a worker', () => {
  it('opens one session for all who ask at once', async () => {
    const { worker, coordinator } = world();
    const { leases } = worker('w1');
    await Promise.all([0, 1, 2, 3].map(partition => leases.assigned(partition, 1_000)));
    const holders = new Set((await coordinator.leases()).map(lease => lease.holder));
    expect(holders.size).toBe(1);
    expect(leases.count).toBe(4);
  });

  it('gives no lease while another worker holds the partition, and has it after that one stopped', async () => {
    const { worker } = world();
    const { leases: first, stop } = worker('w1');
    const { leases: second } = worker('w2');
    await first.assigned(7, 1_000);
    expect(await second.forTask(7)).toBeUndefined();
    await expect(second.assigned(7, 50)).rejects.toBeDefined();
    await stop();
    await second.assigned(7, 1_000);
    expect(second.held(7)).toBeDefined();
  });

  it('answers one lease for all tasks of a partition, with a higher token after each handover', async () => {
    const { worker } = world();
    const { leases: first } = worker('w1');
    const { leases: second } = worker('w2');
    const one = await first.forTask(3);
    expect(await first.forTask(3)).toBe(one);
    await first.revoked(3);
    const two = await second.forTask(3);
    expect(two!.token).toBeGreaterThan(one!.token);
    expect(one!.lost.aborted).toBe(true);
  });

  it('works on under a new session after the old one was lost', async () => {
    const { data, worker } = world({ ttlMs: 400 });
    const { leases } = worker('w1');
    const one = await leases.forTask(1);
    data.setReachable('no');
    await new Promise<void>(resolve => one!.lost.addEventListener('abort', () => resolve()));
    expect(leases.held(1)).toBeUndefined();
    expect(await leases.forTask(1)).toBeUndefined();
    data.setReachable('yes');
    // The lost session's lease is free when its time has run out at the coordinator.
    const two = await eventually(() => leases.forTask(1), { within: 5_000 });
    expect(two.holder).not.toBe(one!.holder);
  });
});
