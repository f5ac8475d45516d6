import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { aTask, consume, eventuallyEnded } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function deliveryLaws(world: TaskQueueWorld): void {
  describe('delivery', () => {
    it('delivers what was enqueued, as it was, to a consumer that came before or after', async () => {
      const queue = await world.open();
      const payload = {
        ns: 'default',
        text: 'ünïcødé \u0000 \ud83d\ude80 "\\',
        big: 2 ** 53 - 1,
        list: [null, true, { a: 1.5 }],
      };
      const before = aTask({ payload });
      await queue.enqueue([before]);
      const { begun } = await consume(await world.open());
      await eventually(() => begun.length === 1, { within: 10_000 });
      const after = aTask({ kind: 'DiscoverPlatform', payload: null });
      await queue.enqueue([after]);
      await eventually(() => begun.length === 2, { within: 10_000 });

      expect(begun).toEqual([
        { ...before, attempt: 1, partition: queue.partitionOf(before.key) },
        { ...after, attempt: 1, partition: queue.partitionOf(after.key) },
      ]);
      await eventuallyEnded(queue, { executed: 2 });
    });

    it('delivers each of many tasks once while nothing fails, over several consumers', async () => {
      const queue = await world.open();
      const tasks = Array.from({ length: 2_500 }, () => aTask());
      const consumers = [await consume(await world.open()), await consume(await world.open())];
      await queue.enqueue(tasks);

      const statistics = await eventuallyEnded(queue, { executed: tasks.length }, 40_000);

      const begun = consumers.flatMap(consumer => consumer.begun.map(({ id }) => id));
      expect([...begun].sort()).toEqual(tasks.map(({ id }) => id).sort());
      expect(statistics).toMatchObject({ enqueued: tasks.length, depth: 0, running: 0, oldestReadyAgeMs: 0 });
    });

    it('takes an id that is already there for the same task', async () => {
      const queue = await world.open();
      const task = aTask();
      await queue.enqueue([task, task]);
      await queue.enqueue([task]);
      await Promise.all([queue.enqueue([task]), queue.enqueue([task])]);
      expect(await queue.statistics()).toMatchObject({ enqueued: 1, depth: 1 });

      const { begun } = await consume(queue);

      await eventuallyEnded(queue, { executed: 1 });
      expect(begun).toHaveLength(1);
    });

    it('holds a delayed task back, and no other', async () => {
      const queue = await world.open();
      const { begun } = await consume(queue);
      const at = performance.now();
      const [late, now] = [aTask({ delayMs: 800 }), aTask()];
      await queue.enqueue([late, now]);

      await eventually(() => begun.length === 2, { within: 10_000, every: 5 });

      expect(performance.now() - at).toBeGreaterThanOrEqual(795);
      expect(begun.map(({ id }) => id)).toEqual([now.id, late.id]);
    });

    it('drops a task that was not begun in time, counted as expired', async () => {
      const queue = await world.open();
      const [stale, fresh] = [aTask({ expiresInMs: 50 }), aTask({ expiresInMs: 60_000 })];
      await queue.enqueue([stale, fresh, aTask({ expiresInMs: 100, delayMs: 5_000 })]);
      const until = performance.now() + 120;
      await eventually(() => performance.now() > until, { within: 1_000, every: 10 });

      const { begun } = await consume(queue);

      await eventuallyEnded(queue, { executed: 1, expired: 2 });
      expect(begun.map(({ id }) => id)).toEqual([fresh.id]);
    });

    it('puts a key always on the same partition, which the adapter cannot change', async () => {
      const queue = await world.open();
      const again = await world.open();
      expect(queue.partitions).toBe(16);
      // Java's murmur2, so that an outside Kafka client finds the same one.
      expect(['21', 'foobar', 'abc'].map(key => again.partitionOf(key))).toEqual([12, 14, 11]);
      await expect(world.open({ partitions: 3 })).rejects.toMatchObject({ code: 'PARTITIONS_FIXED' });
    });

    it.each([
      ['an id that is no UUID', { id: 'seven' }],
      ['an empty key', { key: '' }],
      ['a key with NUL', { key: 'a\u0000b' }],
      ['an empty kind', { kind: '' }],
      ['a negative delay', { delayMs: -1 }],
      ['an expiry that is no number', { expiresInMs: Number.NaN }],
      ['a payload far too large', { payload: 'x'.repeat(300_000) }],
    ])('refuses %s, and everything that came with it', async (_, wrong) => {
      const queue = await world.open();
      await expect(queue.enqueue([aTask(), aTask(wrong)])).rejects.toMatchObject({ code: 'TASK_INVALID' });
      expect(await queue.statistics()).toMatchObject({ enqueued: 0, depth: 0 });
    });

    it('shows how long the oldest task that could run has waited, and none that could not', async () => {
      const queue = await world.open();
      await queue.enqueue([aTask({ delayMs: 60_000 })]);
      expect(await queue.statistics()).toMatchObject({ depth: 1, oldestReadyAgeMs: 0 });
      await queue.enqueue([aTask()]);
      await eventually(async () => (await queue.statistics()).oldestReadyAgeMs > 100, { within: 5_000 });
    });
  });
}
