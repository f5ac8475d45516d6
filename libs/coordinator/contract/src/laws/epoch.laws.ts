import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { CoordinatorWorld } from '../coordinator.contract.js';
import { taken } from '../taken.js';

export function epochLaws(world: CoordinatorWorld): void {
  describe('the epoch', () => {
    it('rises above itself and above what is named, for every client', async () => {
      const [a, b] = [await world.client(), await world.client()];
      const before = await a.epoch();

      const next = await a.newEpoch(before);
      const far = await b.newEpoch(next + 10);
      const last = await a.newEpoch(0);

      expect(next).toBe(before + 1);
      expect(far).toBeGreaterThan(next + 10);
      expect(last).toBe(far + 1);
      expect(await b.epoch()).toBe(last);
    });

    it('stands in the leases granted from then on, whose tokens grow on', async () => {
      const client = await world.client();
      const session = await world.session(client);
      const old = await taken(session, world.key());
      const epoch = await client.newEpoch(await client.epoch());

      const lease = await taken(session, world.key());

      expect(lease.epoch).toBe(epoch);
      expect(lease.token).toBeGreaterThan(old.token);
    });

    it('takes leases of an older epoch from their holders, who can have them again under the new one', async () => {
      const client = await world.client();
      const session = await world.session(client, world.shortTtlMs);
      const key = world.key();
      const old = await taken(session, key);
      const epoch = await client.newEpoch(await client.epoch());

      await eventually(() => old.lost.aborted, { within: 2 * world.shortTtlMs });
      const lease = await session.acquireWhenFree(key, AbortSignal.timeout(10_000));

      expect(session.ended.aborted).toBe(false);
      expect(lease.epoch).toBe(epoch);
      expect(lease.token).toBeGreaterThan(old.token);
    });
  });
}
