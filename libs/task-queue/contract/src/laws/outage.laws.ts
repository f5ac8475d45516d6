import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { aTask, consume, eventuallyEnded } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function outageLaws(world: TaskQueueWorld): void {
  describe('when the server is away', () => {
    let mend: () => Promise<void> | void = () => undefined;
    afterEach(async () => {
      await mend();
      mend = () => undefined;
    });

    it('keeps what it promises to keep over a crash, and its consumers go on by themselves', async () => {
      const queue = await world.open();
      const { outage } = world.harness();
      const { begun } = await consume(await world.open());
      await queue.enqueue([aTask()]);
      await eventuallyEnded(queue, { executed: 1 });
      const delayed = aTask({ delayMs: 1_500 });
      await queue.enqueue([delayed]);
      mend = () => outage.restart();

      await outage.kill();
      await expect(queue.enqueue([aTask()])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      await expect(queue.statistics()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      await outage.restart();
      mend = () => undefined;

      const after = aTask();
      await eventually(
        async () => {
          await queue.enqueue([after]);
          return true;
        },
        { within: 20_000 },
      );
      if (queue.capabilities.durable) {
        await eventuallyEnded(queue, { executed: 3 }, 30_000);
        expect(
          begun
            .map(({ id }) => id)
            .slice(1)
            .sort(),
        ).toEqual([delayed.id, after.id].sort());
      } else {
        // Nothing is left of what was there, counters included; what comes after is served.
        await eventuallyEnded(queue, { executed: 1 }, 30_000);
        expect(begun.map(({ id }) => id)).not.toContain(delayed.id);
        expect(begun.at(-1)).toMatchObject({ id: after.id });
      }
    });

    it('fails every call within a deadline while frozen, aborts what runs by its own clock, and goes on after', async () => {
      const queue = await world.open();
      const { outage } = world.harness();
      let aborted = false;
      const { begun } = await consume(await world.open(), {
        handler: async (task, { signal }) => {
          if (task.attempt > 1) return { outcome: 'executed' };
          await new Promise<void>(resolve => {
            signal.addEventListener('abort', () => {
              aborted = true;
              resolve();
            });
          });
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask()]);
      await eventually(() => begun.length === 1, { within: 10_000 });
      mend = () => outage.thaw();

      await outage.freeze();
      await expect(queue.statistics()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      await eventually(() => aborted, { within: 20_000 });
      await outage.thaw();
      mend = () => undefined;

      await eventuallyEnded(queue, { executed: 1 }, 30_000);
      expect(begun.length).toBeGreaterThanOrEqual(2);
    });
  });
}
