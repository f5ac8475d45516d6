import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { aTask, consume, eventuallyEnded, gate } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function keyLaws(world: TaskQueueWorld): void {
  describe('tasks of one key', () => {
    it('run one at a time over all consumers, whatever is enqueued meanwhile', async () => {
      const queue = await world.open();
      const running = new Map<string, number>();
      let worst = 0;
      const handler = async ({ key }: { key: string }): Promise<{ outcome: 'executed' }> => {
        const now = (running.get(key) ?? 0) + 1;
        running.set(key, now);
        worst = Math.max(worst, now);
        await new Promise(resolve => setImmediate(resolve));
        await queue.statistics();
        running.set(key, (running.get(key) ?? 0) - 1);
        return { outcome: 'executed' };
      };
      for (const client of [await world.open(), await world.open(), await world.open()])
        await consume(client, { handler });
      const sent = 300;
      for (let round = 0; round < sent / 10; round++)
        await queue.enqueue(Array.from({ length: 10 }, (_, index) => aTask({ key: `hot-${index % 4}` })));

      const statistics = await eventually(
        async () => {
          const now = await queue.statistics();
          return now.depth === 0 && now;
        },
        { within: 30_000 },
      );

      expect(worst).toBe(1);
      expect(statistics.enqueued).toBe(sent);
      expect(statistics.ended.executed + statistics.ended.superseded).toBe(sent);
      expect(statistics.ended.executed).toBeGreaterThanOrEqual(4);
    });

    it('wait with only the newest: it supersedes one that waits', async () => {
      const queue = await world.open();
      const numbered = (n: number) => aTask({ key: 'one', payload: n });
      const [old, middle, newest] = [numbered(1), numbered(2), numbered(3)];
      await queue.enqueue([old, middle]);
      await queue.enqueue([newest]);
      expect(await queue.statistics()).toMatchObject({ depth: 1 });

      const { begun } = await consume(queue);

      await eventuallyEnded(queue, { executed: 1, superseded: 2 });
      expect(begun).toMatchObject([{ id: newest.id, payload: 3, attempt: 1 }]);
    });

    it('wait behind one that runs, with only the newest', async () => {
      const queue = await world.open();
      const go = gate();
      const [first, second, third] = [aTask({ key: 'one' }), aTask({ key: 'one' }), aTask({ key: 'one' })];
      const { begun } = await consume(queue, {
        handler: async task => {
          if (task.id === first.id) await go.passed;
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue([first]);
      await eventually(() => begun.length === 1, { within: 10_000 });
      await queue.enqueue([second]);
      await queue.enqueue([third]);
      const other = aTask();
      await queue.enqueue([other]);
      await eventually(() => begun.some(({ id }) => id === other.id), { within: 10_000 });
      expect(begun.map(({ id }) => id)).toEqual([first.id, other.id]);
      expect(await queue.statistics()).toMatchObject({ oldestReadyAgeMs: 0 });

      go.open();

      await eventuallyEnded(queue, { executed: 3, superseded: 1 });
      expect(begun.map(({ id }) => id)).toEqual([first.id, other.id, third.id]);
    });

    it('drop one that is parked in back-off for a newer one, which starts afresh', async () => {
      const queue = await world.open({ maxAttempts: 3, backoffBaseMs: 60_000, backoffMaxMs: 60_000 });
      const [failing, newer] = [aTask({ key: 'one' }), aTask({ key: 'one' })];
      const { begun } = await consume(queue, {
        handler: async task =>
          task.id === failing.id ? { outcome: 'retry', reason: 'AGENT_DOWN' } : { outcome: 'executed' },
      });
      await queue.enqueue([failing]);
      await eventually(async () => begun.length === 1 && (await queue.statistics()).running === 0, {
        within: 10_000,
      });

      await queue.enqueue([newer]);

      await eventuallyEnded(queue, { executed: 1, superseded: 1 });
      expect(begun.map(({ id, attempt }) => [id, attempt])).toEqual([
        [failing.id, 1],
        [newer.id, 1],
      ]);
    });

    it('are not retried when a newer one already waits behind', async () => {
      const queue = await world.open();
      const go = gate();
      const [failing, newer] = [aTask({ key: 'one' }), aTask({ key: 'one' })];
      const { begun } = await consume(queue, {
        handler: async task => {
          if (task.id === newer.id) return { outcome: 'executed' };
          await go.passed;
          return { outcome: 'retry', reason: 'AGENT_DOWN' };
        },
      });
      await queue.enqueue([failing]);
      await eventually(() => begun.length === 1, { within: 10_000 });
      await queue.enqueue([newer]);

      go.open();

      await eventuallyEnded(queue, { executed: 1, superseded: 1 });
      expect(begun).toHaveLength(2);
    });
  });
}
