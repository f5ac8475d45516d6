import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { CoordinatorWorld } from '../coordinator.contract.js';
import { taken } from '../taken.js';

export function sessionLaws(world: CoordinatorWorld): void {
  describe('sessions', () => {
    it('keeps its leases far beyond its TTL by renewing itself', async () => {
      const client = await world.client();
      const session = await world.session(client, world.shortTtlMs);
      const other = await world.session(await world.client());
      const key = world.key();
      const lease = await taken(session, key);
      // Beyond what the server itself waits before it frees the lease of a silent holder.
      const beyond = Math.max(
        2.5 * world.shortTtlMs,
        client.capabilities.expiryBoundMs(world.shortTtlMs) + world.shortTtlMs,
      );
      const until = performance.now() + beyond;

      await eventually(
        async () => {
          expect(await other.acquire(key)).toBeUndefined();
          expect(lease.lost.aborted).toBe(false);
          expect(lease.remainingMs()).toBeGreaterThan(0);
          return performance.now() > until;
        },
        { within: beyond + world.shortTtlMs, every: 100 },
      );
    });

    it('drops all its leases at once when closed, and its watchers learn of it', async () => {
      const session = await world.session(await world.client());
      const other = await world.session(await world.client());
      const keys = [world.key(), world.key(), world.key()];
      const leases = await Promise.all(keys.map(key => taken(session, key)));
      const seen: string[] = [];
      session.ended.addEventListener('abort', () => seen.push('session'));
      for (const lease of leases) lease.lost.addEventListener('abort', () => seen.push(lease.key));

      await session.close();

      expect([...seen].sort()).toEqual([...keys, 'session'].sort());
      expect(leases.map(lease => lease.remainingMs())).toEqual([0, 0, 0]);
      for (const key of keys) expect(await other.acquire(key)).toMatchObject({ key });
    });

    it('learns that somebody ended it at the server, and whoever is next gets higher tokens', async () => {
      const session = await world.session(await world.client());
      const other = await world.session(await world.client());
      const key = world.key();
      const lease = await taken(session, key);

      await world.harness.endSession(session.id);

      const next = await other.acquireWhenFree(key, AbortSignal.timeout(30_000));
      await eventually(() => session.ended.aborted, { within: world.longTtlMs });
      expect(lease.lost.aborted).toBe(true);
      expect(lease.remainingMs()).toBe(0);
      expect(next.token).toBeGreaterThan(lease.token);
    });

    it('grants nothing any more once it has ended', async () => {
      const session = await world.session(await world.client());
      const waiting = session.acquireWhenFree(world.key(), AbortSignal.timeout(20_000));
      await (await waiting).release();
      await session.close();
      await session.close();

      await expect(session.acquire(world.key())).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      await expect(session.join('workers', {})).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    });

    it('tells one who waits for a lease that the session has ended', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const key = world.key();
      await a.acquire(key);
      const waiting = b.acquireWhenFree(key, AbortSignal.timeout(20_000));
      const expected = expect(waiting).rejects.toMatchObject({ code: 'SESSION_ENDED' });

      await b.close();

      await expected;
    });

    it('refuses a TTL below what it can keep', async () => {
      const client = await world.client();
      const opening = client.openSession({ name: 'hasty', ttlMs: client.capabilities.minTtlMs - 1 });
      await expect(opening).rejects.toMatchObject({ code: 'TTL_TOO_SHORT' });
    });

    it('ends with its client', async () => {
      const client = await world.client();
      const session = await world.session(client);
      const key = world.key();
      const lease = await taken(session, key);

      await client.close();

      expect(session.ended.aborted).toBe(true);
      expect(lease.lost.aborted).toBe(true);
      const other = await world.session(await world.client());
      expect(await other.acquire(key)).toBeDefined();
    });
  });
}
