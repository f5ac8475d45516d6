import { describe, expect, it } from '@jest/globals';
import type { EventStore, SubscribeAllOptions, SubscriptionBatch } from '@replicante/event-store';
import { eventually } from '@replicante/testing';
import { event, events, freshPrefix, readWhole, type SuiteContext } from './suite-context.js';

/** Collects a subscription in the background. */
export function follow(store: EventStore, options: Omit<SubscribeAllOptions, 'signal'>) {
  const stop = new AbortController();
  const batches: SubscriptionBatch[] = [];
  const run = async () => {
    for await (const batch of store.subscribeAll({ ...options, signal: stop.signal })) batches.push(batch);
  };
  const ended = run().then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  return {
    batches,
    ids: () => batches.flatMap(batch => batch.events.map(e => e.id)),
    position: () => batches.at(-1)?.position,
    reachedHead: () => batches.some(batch => batch.atHead),
    ended,
    stop: async () => {
      stop.abort();
      const { error } = await ended;
      if (error !== undefined) throw error;
    },
  };
}

export function followingLaws(context: () => SuiteContext): void {
  describe('a subscription', () => {
    it('says when it first reaches the head, with nothing to give too', async () => {
      const { store } = context();
      const following = follow(store, { streamPrefixes: [freshPrefix()] });
      await eventually(() => following.reachedHead(), { within: 5_000 });
      expect(following.ids()).toEqual([]);
      await following.stop();
    });

    it('goes from catch-up to live without gap or repeat while two clients append', async () => {
      const { store, other } = context();
      const prefix = freshPrefix();
      const written: string[] = [];
      const writing = Array.from({ length: 6 }, async (_, writer) => {
        const client = writer % 2 === 0 ? store : other;
        for (let revision = -1; revision < 90; revision += 3) {
          const batch = events(3);
          await client.append(`${prefix}${writer}`, revision < 0 ? 'no_stream' : revision, batch);
          written.push(...batch.map(e => e.id));
        }
      });
      const following = follow(other, { streamPrefixes: [prefix], batchSize: 7 });
      await Promise.all(writing);
      await eventually(() => following.ids().length >= written.length, { within: 15_000 });
      await following.stop();

      expect(new Set(following.ids())).toEqual(new Set(written));
      expect(following.ids()).toHaveLength(written.length);
      const positions = following.batches.flatMap(batch => batch.events.map(e => e.position));
      expect(positions).toEqual([...positions].sort());
      expect(Math.max(...following.batches.map(batch => batch.events.length))).toBeLessThanOrEqual(7);
    });

    it('hears of the appends of another client soon', async () => {
      const { store, other } = context();
      const prefix = freshPrefix();
      const following = follow(store, { streamPrefixes: [prefix] });
      await eventually(() => following.reachedHead(), { within: 5_000 });
      const appended = event();
      await other.append(`${prefix}a`, 'no_stream', [appended]);
      await eventually(() => following.ids().includes(appended.id), { within: 2_000 });
      await following.stop();
    });

    it('resumes from any position within a batch with the very next event', async () => {
      const { store } = context();
      const prefix = freshPrefix();
      const batch = events(6);
      await store.append(`${prefix}a`, 'no_stream', batch);
      const third = (await readWhole(store, prefix))[2];
      if (third === undefined) throw new Error('the appended events are missing');

      const following = follow(store, { streamPrefixes: [prefix], after: third.position });
      await eventually(() => following.ids().includes(batch[5]?.id ?? ''), { within: 5_000 });
      await following.stop();

      expect(following.ids()).toEqual(batch.slice(3).map(e => e.id));
    });

    it('advances over what its filter leaves out', async () => {
      const { store } = context();
      const prefix = freshPrefix();
      const following = follow(store, { streamPrefixes: [prefix] });
      await eventually(() => following.reachedHead(), { within: 5_000 });
      const { position } = await store.append(`${freshPrefix()}other`, 'no_stream', events(3));
      await eventually(() => (following.position() ?? '') >= position, { within: 5_000 });
      expect(following.ids()).toEqual([]);
      await following.stop();
    });

    it('ends without an error when it is aborted, at any time', async () => {
      const { store } = context();
      const aborted = new AbortController();
      aborted.abort();
      for await (const batch of store.subscribeAll({ signal: aborted.signal })) expect(batch).toBeUndefined();
      const following = follow(store, { streamPrefixes: [freshPrefix()] });
      await following.stop();
    });

    it('ends with an error when its store is closed under it', async () => {
      const { harness } = context();
      const closing = await harness.openStore();
      const following = follow(closing, {});
      await eventually(() => following.reachedHead(), { within: 10_000 });
      await closing.close();
      expect((await following.ended).error).toMatchObject({ code: 'UNAVAILABLE' });
    });
  });
}
