import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { CoordinatorWorld } from '../coordinator.contract.js';

export function expiryLaws(world: CoordinatorWorld): void {
  describe('a holder that falls silent', () => {
    it('frees its lease not before its own stop, and within the declared bound', async () => {
      const key = world.key();
      const client = await world.client();
      const other = await world.session(client);
      const holder = await world.holder(key);
      const { remainingMs } = await holder.state();
      const stopsAt = performance.now() + remainingMs;
      holder.freeze();
      const silentSince = performance.now();

      const lease = await other.acquireWhenFree(key, AbortSignal.timeout(55_000));

      const takenAt = performance.now();
      expect(remainingMs).toBeGreaterThan(0);
      expect(takenAt).toBeGreaterThan(stopsAt);
      // Its last renewal lies before its silence. The allowance is for this test's own scheduling on a busy machine.
      expect(takenAt - silentSince).toBeLessThan(client.capabilities.expiryBoundMs(world.shortTtlMs) + 1_000);
      expect(lease.token).toBeGreaterThan(holder.token);
    });

    it('finds its lease lost when it thaws, though nothing else in the world has changed', async () => {
      const key = world.key();
      const holder = await world.holder(key);
      const before = await holder.state();
      holder.freeze();
      const other = await world.session(await world.client());
      const lease = await other.acquireWhenFree(key, AbortSignal.timeout(55_000));

      holder.thaw();

      const after = await holder.state();
      expect(before).toMatchObject({ lost: false });
      expect(after.remainingMs).toBe(0);
      await eventually(async () => (await holder.state()).lost, { within: 5_000 });
      expect(lease.lost.aborted).toBe(false);
      expect(lease.remainingMs()).toBeGreaterThan(0);
      // What the command service compares: the thawed holder's pair is the lower one.
      expect([lease.epoch, lease.token > holder.token]).toEqual([holder.epoch, true]);
    });

    it('that died without a word is succeeded within the bound', async () => {
      const key = world.key();
      const holder = await world.holder(key);
      const client = await world.client();
      const other = await world.session(client);
      expect(await other.acquire(key)).toBeUndefined();
      const diedAt = performance.now();
      await holder.kill();

      const lease = await other.acquireWhenFree(key, AbortSignal.timeout(55_000));

      expect(performance.now() - diedAt).toBeLessThan(
        client.capabilities.expiryBoundMs(world.shortTtlMs) + 1_000,
      );
      expect(lease.token).toBeGreaterThan(holder.token);
    });
  });
}
