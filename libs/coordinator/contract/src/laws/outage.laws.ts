import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { CoordinatorWorld } from '../coordinator.contract.js';
import { taken } from '../taken.js';

export function outageLaws(world: CoordinatorWorld): void {
  describe('when the server is away', () => {
    let mend: () => Promise<void> | void = () => undefined;
    afterEach(async () => {
      await mend();
      mend = () => undefined;
    });

    it.each(['freeze', 'kill'] as const)(
      'the holder stops before its TTL, and calls fail within a deadline (%s)',
      async how => {
        const client = await world.client();
        const session = await world.session(client, world.shortTtlMs);
        const key = world.key();
        const lease = await taken(session, key);
        let lostAt = 0;
        lease.lost.addEventListener('abort', () => (lostAt = performance.now()));
        mend = how === 'freeze' ? () => world.harness.outage.thaw() : () => world.harness.outage.restart();
        const awaySince = performance.now();
        await world.harness.outage[how]();
        const gone = performance.now();

        await expect(client.leases()).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
        await expect(
          client.openSession({ name: 'during the outage', ttlMs: world.longTtlMs }),
        ).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
        await eventually(() => lease.lost.aborted, { within: world.shortTtlMs + 5_000, every: 10 });

        // The last renewal that succeeded was sent before the server had gone.
        expect(lostAt - gone).toBeLessThan(world.shortTtlMs);
        expect(lostAt).toBeGreaterThan(awaySince);
        expect(lease.remainingMs()).toBe(0);
        expect(session.ended.aborted).toBe(true);
        await expect(session.acquire(key)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      },
    );

    it('serves again once it answers, with growing tokens, after a freeze beyond the TTL', async () => {
      const client = await world.client();
      const session = await world.session(client, world.shortTtlMs);
      const key = world.key();
      const lease = await taken(session, key);
      mend = () => world.harness.outage.thaw();
      await world.harness.outage.freeze();
      await eventually(() => session.ended.aborted, { within: world.shortTtlMs + 5_000 });

      await world.harness.outage.thaw();

      const next = await eventually(() => world.session(client), { within: 20_000 });
      // The server may count the silent session's time anew.
      const bound = client.capabilities.expiryBoundMs(world.shortTtlMs);
      const second = await next.acquireWhenFree(key, AbortSignal.timeout(bound + 10_000));
      expect(second.token).toBeGreaterThan(lease.token);
    });

    it('lets one who waits for a lease wait on over a crash, or tells it that its session has ended', async () => {
      const client = await world.client();
      const [a, b] = [await world.session(client), await world.session(await world.client())];
      const key = world.key();
      const held = await taken(a, key);
      const waiting = b.acquireWhenFree(key, AbortSignal.timeout(30_000));
      const outcome = waiting.then(
        lease => lease.token,
        (error: unknown) => error,
      );
      mend = () => world.harness.outage.restart();

      await world.harness.outage.kill();
      await world.harness.outage.restart();
      mend = () => undefined;
      await eventually(() => client.leases(), { within: 20_000 });
      await held.release();

      if (client.capabilities.durable) expect(await outcome).toBeGreaterThan(held.token);
      else expect(await outcome).toMatchObject({ code: 'SESSION_ENDED' });
    });

    it('keeps what it promises to keep over a crash of the server', async () => {
      const client = await world.client();
      const { durable } = client.capabilities;
      const ttlMs = world.longTtlMs;
      const session = await world.session(client, ttlMs);
      const key = world.key();
      const lease = await taken(session, key);
      const epoch = await client.newEpoch(await client.epoch());
      const other = await world.client();
      const under = await taken(await world.session(other, ttlMs), world.key());
      mend = () => world.harness.outage.restart();

      await world.harness.outage.kill();
      await world.harness.outage.restart();
      mend = () => undefined;

      const fresh = await eventually(() => world.session(other), { within: 20_000 });
      if (durable) {
        // The lease lives on: nobody else gets it, and the next token is above all that were given.
        expect(await other.epoch()).toBe(epoch);
        expect(under.lost.aborted).toBe(false);
        expect(await fresh.acquire(under.key)).toBeUndefined();
        const next = await taken(fresh, world.key());
        expect(next.token).toBeGreaterThan(Math.max(lease.token, under.token));
        const left = under.remainingMs();
        await eventually(() => under.remainingMs() > left, {
          within: ttlMs,
          what: 'renewed after the crash',
        });
        expect(session.ended.aborted).toBe(false);
      } else {
        // Data that was lost starts again below: holders learn it, and a new epoch above the old one is the way out.
        await eventually(() => under.lost.aborted && session.ended.aborted, { within: ttlMs });
        expect(await other.epoch()).toBeLessThan(epoch);
        const raised = await other.newEpoch(epoch);
        expect(raised).toBeGreaterThan(epoch);
        expect(await fresh.acquire(world.key())).toMatchObject({ epoch: raised });
      }
    });
  });
}
