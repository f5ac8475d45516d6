import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { QUICK, aTask, consume, eventuallyEnded } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function endingLaws(world: TaskQueueWorld): void {
  describe('every task', () => {
    it('ends at once when it is abandoned, never retried', async () => {
      const queue = await world.open();
      const { begun } = await consume(queue, {
        handler: async () => ({ outcome: 'abandoned', reason: 'CLUSTER_GONE' }),
      });
      await queue.enqueue([aTask()]);

      await eventuallyEnded(queue, { abandoned: 1 });

      expect(begun).toHaveLength(1);
      expect(await queue.deadLetters({ limit: 1 })).toEqual([]);
    });

    it('ends in exactly one counted way, whatever happens to it', async () => {
      const queue = await world.open({ ...QUICK, maxAttempts: 2, backoffBaseMs: 50, backoffMaxMs: 50 });
      for (const client of [
        queue,
        await world.open({ ...QUICK, maxAttempts: 2, backoffBaseMs: 50, backoffMaxMs: 50 }),
      ])
        await consume(client, {
          handler: async ({ payload, attempt }) => {
            if (payload === 0) return { outcome: 'executed' };
            if (payload === 1) return { outcome: 'abandoned', reason: 'GONE' };
            if (payload === 2) return { outcome: 'retry', reason: 'DOWN' };
            if (payload === 3) throw new Error('poison');
            return attempt === 1 ? { outcome: 'retry', reason: 'ONCE' } : { outcome: 'executed' };
          },
        });
      const sent = 1_000;
      for (let from = 0; from < sent; from += 50)
        await queue.enqueue(
          Array.from({ length: 50 }, (_, index) =>
            aTask({
              key: `ns:c${(from + index * 7) % 120}`,
              payload: index % 5,
              delayMs: index % 3 === 0 ? 20 : 0,
              ...(index % 10 === 9 && { expiresInMs: 1 }),
            }),
          ),
        );

      const statistics = await eventually(
        async () => {
          const now = await queue.statistics();
          // The law holds at every moment, not only at the end.
          const ended = Object.values(now.ended).reduce((total, count) => total + count, 0);
          expect(ended + now.depth).toBe(now.enqueued);
          return now.depth === 0 && now;
        },
        { within: 30_000 },
      );

      expect(statistics.enqueued).toBe(sent);
      const { executed, superseded, abandoned, dead_lettered } = statistics.ended;
      for (const count of [executed, superseded, abandoned, dead_lettered]) expect(count).toBeGreaterThan(0);
      // Also to one who was not there.
      expect(await (await world.open()).statistics()).toEqual(statistics);
    });
  });
}
