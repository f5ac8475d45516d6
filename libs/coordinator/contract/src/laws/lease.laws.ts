import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { CoordinatorWorld } from '../coordinator.contract.js';
import { taken } from '../taken.js';

export function leaseLaws(world: CoordinatorWorld): void {
  describe('leases', () => {
    it('grants a free key, with time left, and shows who holds it', async () => {
      const client = await world.client();
      const session = await world.session(client, world.longTtlMs, 'worker-a');
      const key = world.key();

      const lease = await taken(session, key);

      expect(lease).toMatchObject({ key, holder: session.id });
      expect(lease.lost.aborted).toBe(false);
      expect(lease.remainingMs()).toBeGreaterThan(0);
      expect(lease.remainingMs()).toBeLessThan(world.longTtlMs);
      expect(await client.leases()).toContainEqual({
        key,
        holder: session.id,
        holderName: 'worker-a',
        epoch: lease.epoch,
        token: lease.token,
      });
    });

    it('has one holder among many clients that ask at once', async () => {
      const sessions = await Promise.all(
        Array.from({ length: 4 }, async () => world.session(await world.client())),
      );
      for (let round = 0; round < 5; round++) {
        const key = world.key();
        const answers = await Promise.all(
          sessions.flatMap(session => [session.acquire(key), session.acquire(key)]),
        );
        const holders = new Set(answers.flatMap(lease => (lease ? [lease.holder] : [])));
        const tokens = new Set(answers.flatMap(lease => (lease ? [lease.token] : [])));
        expect(holders.size).toBe(1);
        expect(tokens.size).toBe(1);
      }
    });

    it('refuses the lease while another session holds it', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const key = world.key();
      await a.acquire(key);

      expect(await b.acquire(key)).toBeUndefined();
    });

    it('refuses another session of the same client as well', async () => {
      const client = await world.client();
      const [a, b] = [await world.session(client), await world.session(client)];
      const key = world.key();
      await a.acquire(key);

      expect(await b.acquire(key)).toBeUndefined();
    });

    it('answers the holder that asks again the lease it has, with the same token', async () => {
      const session = await world.session(await world.client());
      const key = world.key();
      const first = await taken(session, key);

      const again = await taken(session, key);

      expect(again).toMatchObject({ token: first.token, epoch: first.epoch, holder: session.id });
      expect(first.lost.aborted).toBe(false);
    });

    it('is free for others once released, and lost to who released it', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const key = world.key();
      const lease = await taken(a, key);

      await lease.release();

      expect(lease.lost.aborted).toBe(true);
      expect(lease.remainingMs()).toBe(0);
      expect(await b.acquire(key)).toMatchObject({ holder: b.id });
    });

    it('cannot be released by one who no longer holds it', async () => {
      const [a, b, c] = [
        await world.session(await world.client()),
        await world.session(await world.client()),
        await world.session(await world.client()),
      ];
      const key = world.key();
      const old = await taken(a, key);
      await old.release();
      const present = await taken(b, key);

      await old.release();
      await a.close();

      expect(await c.acquire(key)).toBeUndefined();
      expect(present.lost.aborted).toBe(false);
    });

    it('gives tokens that strictly grow over all leases, whatever the key and the session', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const tokens: number[] = [];
      const [x, y] = [world.key(), world.key()];
      for (const [session, key] of [
        [a, x],
        [b, y],
        [b, x],
        [a, y],
        [a, world.key()],
      ] as const) {
        const lease = await session.acquireWhenFree(key, AbortSignal.timeout(10_000));
        tokens.push(lease.token);
        await lease.release();
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((p, q) => p - q));
      expect(tokens.every(Number.isSafeInteger)).toBe(true);
    });

    it('gives different tokens to different keys taken at once', async () => {
      const session = await world.session(await world.client());
      const leases = await Promise.all(Array.from({ length: 16 }, () => taken(session, world.key())));
      expect(new Set(leases.map(lease => lease.token)).size).toBe(16);
    });

    it('wakes one who waits until the lease is free', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const key = world.key();
      const held = await taken(a, key);
      const waiting = b.acquireWhenFree(key, AbortSignal.timeout(20_000));

      await held.release();

      expect((await waiting).token).toBeGreaterThan(held.token);
    });

    it('gives the lease to exactly one of those who wait', async () => {
      const holder = await world.session(await world.client());
      const waiters = await Promise.all(
        Array.from({ length: 3 }, async () => world.session(await world.client())),
      );
      const key = world.key();
      const held = await taken(holder, key);
      const abort = new AbortController();
      let won = 0;
      const waits = waiters.map(waiter =>
        waiter.acquireWhenFree(key, abort.signal).then(
          lease => {
            won++;
            return lease;
          },
          () => undefined,
        ),
      );
      await held.release();
      await eventually(() => won > 0, { within: 10_000 });
      const extra = await holder.acquire(key);

      abort.abort(new Error('enough'));
      await Promise.all(waits);

      expect(extra).toBeUndefined();
      expect(won).toBe(1);
    });

    it('stops waiting with the reason of the signal', async () => {
      const [a, b] = [await world.session(await world.client()), await world.session(await world.client())];
      const key = world.key();
      await a.acquire(key);
      const abort = new AbortController();
      const waiting = b.acquireWhenFree(key, abort.signal);
      const reason = new Error('no longer wanted');

      abort.abort(reason);

      await expect(waiting).rejects.toBe(reason);
    });
  });
}
