import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { ConsumeOptions } from '@replicante/task-queue';
import { QUICK, aTask, consume, eventuallyEnded, gate } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function redeliveryLaws(world: TaskQueueWorld): void {
  describe('redelivery', () => {
    it('brings a crashed consumer’s task to another within the declared bound, its attempt counted', async () => {
      const queue = await world.open();
      const stuck = await world.stuckConsumer();
      const task = aTask();
      await queue.enqueue([task]);
      expect(await stuck.started()).toBe(task.id);
      const crashed = performance.now();
      await stuck.kill();

      const { begun } = await consume(queue);

      await eventuallyEnded(queue, { executed: 1 }, 30_000);
      expect(performance.now() - crashed).toBeLessThan(queue.capabilities.redeliveryBoundMs + 1_000);
      expect(begun).toMatchObject([{ id: task.id, attempt: 2 }]);
    });

    it('happens without notice to a frozen consumer, whose late word changes nothing', async () => {
      const queue = await world.open();
      const stuck = await world.stuckConsumer();
      const task = aTask();
      await queue.enqueue([task]);
      expect(await stuck.started()).toBe(task.id);
      stuck.freeze();
      const { begun, consumer } = await consume(queue);
      await eventuallyEnded(queue, { executed: 1 }, 30_000);

      stuck.thaw();

      await eventually(() => stuck.aborted(), { within: 15_000 });
      const statistics = await queue.statistics();
      expect(statistics).toMatchObject({ depth: 0, ended: { executed: 1, dead_lettered: 0 } });
      expect(begun).toHaveLength(1);
      expect(consumer.assignedPartitions().length).toBeGreaterThan(0);
    });

    it('is put off by heartbeats for as long as there is progress', async () => {
      const queue = await world.open();
      let beats = 0;
      const handler: ConsumeOptions['handler'] = async (_, { heartbeat, signal }) => {
        const until = performance.now() + 6_000;
        await eventually(
          async () => {
            await heartbeat();
            beats++;
            return performance.now() > until;
          },
          { within: 20_000, every: 300 },
        );
        signal.throwIfAborted();
        return { outcome: 'executed' };
      };
      const both = [await consume(queue, { handler }), await consume(await world.open(), { handler })];
      // A handover aborts long work: not what this is about.
      await eventually(() => both.every(({ consumer }) => consumer.assignedPartitions().length === 8), {
        within: 15_000,
      });

      await queue.enqueue([aTask()]);

      await eventuallyEnded(queue, { executed: 1 }, 30_000);
      expect(both.flatMap(({ begun }) => begun)).toHaveLength(1);
      expect(beats).toBeGreaterThan(5);
    });

    it('comes to one that does not heartbeat: its signal aborts, and its next heartbeat rejects', async () => {
      const queue = await world.open({ ...QUICK, visibilityMs: 1_000 });
      const seen: unknown[] = [];
      const go = gate();
      const { begun } = await consume(queue, {
        handler: async ({ attempt }, { signal, heartbeat }) => {
          if (attempt > 1) return { outcome: 'executed' };
          await new Promise<void>(resolve => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          });
          await heartbeat().catch((error: unknown) => seen.push(error));
          await go.passed;
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask()]);

      await eventually(() => begun.length === 2, { within: 15_000 });
      go.open();

      await eventuallyEnded(queue, { executed: 1 });
      expect(seen).toMatchObject([{ code: 'TASK_LOST' }]);
      expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    it('is not disturbed by the late answer of the delivery before', async () => {
      const queue = await world.open({ ...QUICK, visibilityMs: 1_000 });
      const [first, second] = [gate(), gate()];
      const other = aTask();
      const { begun } = await consume(queue, {
        handler: async ({ id, attempt }) => {
          if (id === other.id) return { outcome: 'executed' };
          // The first ignores its abort, and answers while the second runs.
          await (attempt === 1 ? first.passed : second.passed);
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask()]);
      await eventually(() => begun.length === 2, { within: 15_000, every: 5 });
      first.open();
      // Answers go out in order: once this one is counted, the late one was there.
      await queue.enqueue([other]);
      const between = await eventuallyEnded(queue, { executed: 1 });
      expect(between).toMatchObject({ depth: 1, running: 1 });

      second.open();

      await eventuallyEnded(queue, { executed: 2 });
      expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
    });

    it('ends in a dead letter when every consumer that takes it dies of it', async () => {
      const settings = { ...QUICK, maxAttempts: 1, visibilityMs: 1_000 };
      const queue = await world.open(settings);
      const stuck = await world.stuckConsumer(settings);
      const task = aTask();
      await queue.enqueue([task]);
      await stuck.started();
      await stuck.kill();

      const { begun } = await consume(queue);

      await eventuallyEnded(queue, { dead_lettered: 1 }, 20_000);
      expect(begun).toEqual([]);
      expect(await queue.deadLetters({ limit: 1 })).toMatchObject([
        { reason: 'CONSUMER_SILENT', attempts: 1 },
      ]);
    });
  });
}
