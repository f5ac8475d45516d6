import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { QUICK, aTask, consume, eventuallyEnded, gate, lastOf } from '../task-queue-world.js';
import type { Recorder, TaskQueueWorld } from '../task-queue-world.js';

const all = (consumers: readonly Recorder[]): number[] =>
  consumers.flatMap(({ consumer }) => [...consumer.assignedPartitions()]).sort((a, b) => a - b);

const everyPartition = Array.from({ length: 16 }, (_, partition) => partition);

export function consumerLaws(world: TaskQueueWorld): void {
  describe('consumers', () => {
    it('share the partitions evenly, each with one owner, as they come and go', async () => {
      const first = await consume(await world.open());
      await eventually(() => first.consumer.assignedPartitions().length === 16, { within: 10_000 });

      const others = [await consume(await world.open()), await consume(await world.open())];
      const three = [first, ...others];
      await eventually(
        () => {
          expect(three.map(({ consumer }) => consumer.assignedPartitions().length).sort()).toEqual([5, 5, 6]);
          expect(all(three)).toEqual(everyPartition);
          return true;
        },
        { within: 20_000 },
      );

      await first.consumer.stop();
      await eventually(
        () => {
          expect(others.map(({ consumer }) => consumer.assignedPartitions().length)).toEqual([8, 8]);
          expect(all(others)).toEqual(everyPartition);
          return true;
        },
        { within: 20_000 },
      );
      expect(first.consumer.assignedPartitions()).toEqual([]);
    });

    it('hear at once of one that comes or leaves, however seldom they say that they live', async () => {
      // Beats are 2 s apart: a hand-over that waited for them, of both sides, would take that long each time.
      const seldom = { ...QUICK, visibilityMs: 20_000 };
      const first = await consume(await world.open(seldom));
      const second = await consume(await world.open(seldom));
      await eventually(() => second.consumer.assignedPartitions().length === 8, { within: 10_000 });
      const hands: number[] = [];
      for (let n = 0; n < 5; n += 1) {
        const third = await consume(await world.open(seldom));
        await eventually(() => third.consumer.assignedPartitions().length > 0, { within: 10_000, every: 5 });
        const leftAtMs = performance.now();
        await third.consumer.stop();
        await eventually(() => all([first, second]).length === 16, { within: 10_000, every: 5 });
        hands.push(performance.now() - leftAtMs);
      }
      // Two that wait for beats take 1.3 s on average; a busy machine slows some of five, not most of them.
      expect(hands.sort((a, b) => a - b)[2]).toBeLessThan(800);
    });

    it('get no task of a partition before its assignment is through', async () => {
      const queue = await world.open({ ...QUICK, partitions: 2 });
      const go = gate();
      const assigned: number[] = [];
      const { begun } = await consume(queue, {
        onAssigned: async partition => {
          if (partition === 0) await go.passed;
          assigned.push(partition);
        },
      });
      const tasks = Array.from({ length: 40 }, () => aTask());
      await queue.enqueue(tasks);
      const open = tasks.filter(({ key }) => queue.partitionOf(key) === 1);
      await eventuallyEnded(queue, { executed: open.length });
      expect(begun.every(({ partition }) => partition === 1)).toBe(true);
      expect(assigned).toEqual([1]);

      go.open();

      await eventuallyEnded(queue, { executed: tasks.length });
    });

    it('give a partition back when its assignment is rejected, to one that can have it', async () => {
      const queue = await world.open({ ...QUICK, partitions: 2 });
      const refusing = await consume(queue, {
        onAssigned: async partition => {
          if (partition === 1) throw new Error('no lease');
        },
      });
      await eventually(() => refusing.errors.length > 0, { within: 10_000 });
      await eventually(() => refusing.consumer.assignedPartitions().length === 1, { within: 10_000 });
      const willing = await consume(await world.open({ ...QUICK, partitions: 2 }));

      await eventually(() => willing.consumer.assignedPartitions().includes(1), { within: 15_000 });

      expect(refusing.consumer.assignedPartitions()).not.toContain(1);
      expect(refusing.begun).toEqual([]);
      expect(refusing.revoked).not.toContain(1);
    });

    it('are told of each partition that went, after what ran of it', async () => {
      const log: string[] = [];
      const go = gate();
      const queue = await world.open({ ...QUICK, partitions: 2 });
      const first = await consume(queue, {
        onAssigned: async partition => {
          log.push(`assigned ${partition}`);
        },
        onRevoked: async partition => {
          log.push(`revoked ${partition}`);
        },
        handler: async task => {
          await go.passed;
          log.push(`ended ${task.partition}`);
          return { outcome: 'executed' };
        },
      });
      const tasks = [0, 1].map(partition => {
        let task = aTask();
        while (queue.partitionOf(task.key) !== partition) task = aTask();
        return task;
      });
      await queue.enqueue(tasks);
      await eventually(() => first.begun.length === 2, { within: 10_000 });
      const second = await consume(await world.open({ ...QUICK, partitions: 2 }));
      go.open();

      await eventually(() => second.consumer.assignedPartitions().length === 1, { within: 15_000 });
      const [moved] = second.consumer.assignedPartitions();

      expect(log.indexOf(`assigned ${moved}`)).toBeLessThan(log.indexOf(`ended ${moved}`));
      await eventually(() => log.includes(`revoked ${moved}`), { within: 5_000 });
      expect(log.indexOf(`ended ${moved}`)).toBeLessThan(log.indexOf(`revoked ${moved}`));
      await eventuallyEnded(queue, { executed: 2 });
    });

    it('run no more at once than they were told to', async () => {
      const queue = await world.open();
      let [running, most] = [0, 0];
      await consume(queue, {
        concurrency: 3,
        handler: async () => {
          most = Math.max(most, ++running);
          await queue.statistics();
          running--;
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue(Array.from({ length: 60 }, () => aTask()));
      await eventuallyEnded(queue, { executed: 60 });
      expect(most).toBe(3);
    });

    it('that stop wait for what runs, take nothing more, and leave the rest to others', async () => {
      const queue = await world.open();
      const go = gate();
      const stopping = await consume(queue, {
        concurrency: 1,
        handler: async () => {
          await go.passed;
          return { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask(), aTask(), aTask()]);
      await eventually(() => stopping.begun.length === 1, { within: 10_000 });

      const stopped = stopping.consumer.stop(20_000);
      go.open();
      await stopped;

      expect(stopping.begun).toHaveLength(1);
      expect(await queue.statistics()).toMatchObject({ running: 0, depth: 2, ended: { executed: 1 } });
      expect(stopping.revoked.sort((a, b) => a - b)).toEqual(everyPartition);
      await consume(await world.open());
      await eventuallyEnded(queue, { executed: 3 });
    });

    it('that must stop at once abort what runs, which is redelivered at once, recorded as nothing', async () => {
      const queue = await world.open();
      const reasons: unknown[] = [];
      const stopping = await consume(queue, {
        handler: (_, { signal }) =>
          new Promise(resolve => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              resolve({ outcome: 'executed' });
            });
          }),
      });
      await queue.enqueue([aTask()]);
      await eventually(() => stopping.begun.length === 1, { within: 10_000 });

      await stopping.consumer.stop(0);

      expect(reasons).toMatchObject([{ code: 'TASK_LOST' }]);
      expect(await queue.statistics()).toMatchObject({ running: 0, depth: 1, ended: { executed: 0 } });
      const next = await consume(await world.open());
      await eventuallyEnded(queue, { executed: 1 });
      expect(next.begun).toMatchObject([{ id: lastOf(stopping.begun).id, attempt: 2 }]);
    });
  });
}
