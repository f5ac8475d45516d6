import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Snapshot, SnapshotStore, StoredSnapshot } from '@replicante/snapshot-store';
import { eventually } from '@replicante/testing';

/** What an adapter's spec supplies: clients of one store, and its server if it has one. */
export interface SnapshotStoreHarness {
  open(): SnapshotStore;
  /** Milliseconds within which every call of a client must have ended. */
  readonly deadlineMs: number;
  /** Absent: nothing outlives the process. */
  readonly server?: {
    kill(): Promise<void>;
    restart(): Promise<void>;
    freeze(): void;
    thaw(): void;
    /** Somebody throws away all that is kept, and whatever keeps it. */
    destroy(): Promise<void>;
  };
  close(): Promise<void>;
}

const snapshotOf = (streamId: string, more: Partial<Snapshot> = {}): Snapshot => ({
  streamId,
  evolveVersion: 6,
  storeIdentity: 'store-1',
  revision: 41,
  eventId: 'event-41',
  state: '{"total":41}',
  commands: '["a"]',
  ...more,
});
const read = (stored: StoredSnapshot | undefined): Snapshot | undefined =>
  stored && { ...stored, commands: stored.commands() };
const unavailable = { name: 'SnapshotStoreError', code: 'UNAVAILABLE' };

/** The laws of `snapshot-store.port.ts`. */
export function snapshotStoreContract(name: string, make: () => Promise<SnapshotStoreHarness>): void {
  describe(`the snapshot store on ${name}`, () => {
    let harness: SnapshotStoreHarness;
    let store: SnapshotStore;
    const load = async (streamId: string, version = 6): Promise<Snapshot | undefined> =>
      read(await store.load(streamId, version));

    beforeAll(async () => {
      harness = await make();
      store = harness.open();
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await harness?.close();
    });

    it('answers nothing for what was never saved', async () => {
      expect(await load('never')).toBeUndefined();
    });

    it.each([
      ['plain', '{"total":41}', '["a"]'],
      ['empty', '', ''],
      ['of any characters', '{"ü":"💽\\u0000\n"}', '["\u2028","\'; drop"]'],
      ['large', `"${'état '.repeat(400_000)}"`, `"${'0123456789abcdef'.repeat(250_000)}"`],
    ])('answers texts that are %s as they were saved', async (what, state, commands) => {
      const snapshot = snapshotOf(`cluster-ns:${what}`, { state, commands });
      await store.save(snapshot);
      expect(await load(snapshot.streamId)).toEqual(snapshot);
    });

    it('shows what one client saved to the others', async () => {
      const other = harness.open();
      await other.save(snapshotOf('shared'));
      await other.close();
      expect(await load('shared')).toEqual(snapshotOf('shared'));
    });

    it('keeps one per stream and version: the latest, also when its revision is lower', async () => {
      await store.save(snapshotOf('one', { revision: 90, eventId: 'event-90' }));
      const restored = snapshotOf('one', { revision: 7, eventId: 'other-7', storeIdentity: 'store-2' });
      await store.save(restored);
      expect(await load('one')).toEqual(restored);
      expect(await load('two')).toBeUndefined();
    });

    it('answers no version but the one that is asked for, and removes lower ones', async () => {
      await store.save(snapshotOf('versions', { evolveVersion: 5 }));
      expect(await load('versions', 6)).toBeUndefined();
      await store.save(snapshotOf('versions', { evolveVersion: 6 }));
      expect(await load('versions', 5)).toBeUndefined();
      await store.save(snapshotOf('versions', { evolveVersion: 4 }));
      expect(await load('versions', 6)).toEqual(snapshotOf('versions'));
    });

    it('keeps one of many that are saved at once', async () => {
      const all = Array.from({ length: 20 }, (_, n) => snapshotOf('raced', { revision: n, state: `${n}` }));
      await Promise.all(all.map(snapshot => store.save(snapshot)));
      expect(all).toContainEqual(await load('raced'));
    });

    it('refuses every call of a closed client', async () => {
      const closed = harness.open();
      await closed.close();
      await expect(closed.load('plain', 6)).rejects.toMatchObject(unavailable);
      await expect(closed.save(snapshotOf('plain'))).rejects.toMatchObject(unavailable);
      await closed.close();
    });

    it('says UNAVAILABLE in bounded time while its server is away, and goes on by itself after it', async () => {
      const { server, deadlineMs } = harness;
      if (!server) return expect(deadlineMs).toBe(0);
      await store.save(snapshotOf('kept'));
      for (const [away, back] of [
        [() => server.freeze(), () => server.thaw()],
        [() => server.kill(), () => server.restart()],
      ] as const) {
        await away();
        const began = performance.now();
        await expect(store.load('kept', 6)).rejects.toMatchObject(unavailable);
        await expect(store.save(snapshotOf('lost'))).rejects.toMatchObject(unavailable);
        expect(performance.now() - began).toBeLessThan(2 * deadlineMs);
        await back();
        const again = await eventually(() => load('kept').catch(() => undefined), { within: 30_000 });
        expect(again).toEqual(snapshotOf('kept'));
      }
    });

    it('goes on empty when all that it kept was destroyed', async () => {
      const { server, deadlineMs } = harness;
      if (!server) return expect(deadlineMs).toBe(0);
      await store.save(snapshotOf('destroyed'));
      await server.destroy();
      const saved = await eventually(
        () =>
          store.save(snapshotOf('after')).then(
            () => true,
            () => undefined,
          ),
        { within: 10_000 },
      );
      expect(saved).toBe(true);
      expect(await load('destroyed')).toBeUndefined();
      expect(await load('after')).toEqual(snapshotOf('after'));
    });
  });
}
