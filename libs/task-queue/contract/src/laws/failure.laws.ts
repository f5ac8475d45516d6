import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { TaskResult } from '@replicante/task-queue';
import { QUICK, aTask, consume, eventuallyEnded, lastOf } from '../task-queue-world.js';
import type { TaskQueueWorld } from '../task-queue-world.js';

export function failureLaws(world: TaskQueueWorld): void {
  describe('a task that fails', () => {
    it('comes back after a back-off that grows, with its attempts counted', async () => {
      const queue = await world.open();
      const times: number[] = [];
      const { begun } = await consume(queue, {
        handler: async task => {
          times.push(performance.now());
          return task.attempt < 3 ? { outcome: 'retry', reason: 'AGENT_DOWN' } : { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask()]);

      await eventuallyEnded(queue, { executed: 1 });

      expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const [first = 0, second = 0, third = 0] = times;
      expect(second - first).toBeGreaterThanOrEqual(195);
      expect(third - second).toBeGreaterThanOrEqual(395);
    });

    it('comes back as it was enqueued, whatever its handler made of it', async () => {
      const queue = await world.open();
      const payload = { ns: 'default', list: [1] };
      const seen: unknown[] = [];
      await consume(queue, {
        handler: async task => {
          seen.push(structuredClone(task.payload));
          Object.assign(task.payload as object, { ns: 'changed' });
          return task.attempt === 1 ? { outcome: 'retry', reason: 'ONCE' } : { outcome: 'executed' };
        },
      });
      await queue.enqueue([aTask({ payload })]);

      await eventuallyEnded(queue, { executed: 1 });

      expect(seen).toEqual([payload, payload]);
    });

    it('is dead-lettered with its reason once its attempts are exhausted', async () => {
      const queue = await world.open();
      const task = aTask({ payload: { cluster: 'c' } });
      const { begun } = await consume(queue, {
        handler: async () => ({ outcome: 'retry', reason: 'AGENT_DOWN' }),
      });
      await queue.enqueue([task]);

      await eventuallyEnded(queue, { dead_lettered: 1 });

      expect(begun).toHaveLength(3);
      expect(await queue.statistics()).toMatchObject({ depth: 0, deadLetters: 1 });
      const letter = lastOf(await queue.deadLetters({ limit: 10 }));
      const { kind, key, payload } = task;
      expect(letter).toMatchObject({ kind, key, payload, reason: 'AGENT_DOWN', attempts: 3, occurrences: 1 });
      expect(Math.abs(Date.now() - Date.parse(letter.deadSince))).toBeLessThan(60_000);
    });

    it('has one dead letter per key and reason, counting those that died since, until the key succeeds', async () => {
      const queue = await world.open({ ...QUICK, maxAttempts: 1 });
      const answers: TaskResult[] = [
        { outcome: 'retry', reason: 'A' },
        { outcome: 'retry', reason: 'A' },
        { outcome: 'retry', reason: 'B' },
        { outcome: 'executed' },
      ];
      const { begun } = await consume(queue, {
        handler: async () => answers[begun.length - 1] ?? { outcome: 'executed' },
      });
      for (let died = 1; died <= 3; died++) {
        await queue.enqueue([aTask({ key: 'one' })]);
        await eventuallyEnded(queue, { dead_lettered: died });
      }
      const letters = await queue.deadLetters({ limit: 10 });
      expect(letters.map(({ reason, occurrences }) => [reason, occurrences])).toEqual([
        ['A', 2],
        ['B', 1],
      ]);

      await queue.enqueue([aTask({ key: 'one' })]);

      await eventuallyEnded(queue, { dead_lettered: 3, executed: 1 });
      expect(await queue.deadLetters({ limit: 10 })).toEqual([]);
      expect(await queue.statistics()).toMatchObject({ deadLetters: 0 });
    });

    it('can be put back by its dead letter, with its attempts forgotten, once', async () => {
      const queue = await world.open({ ...QUICK, maxAttempts: 2 });
      let broken = true;
      const task = aTask({ payload: [1] });
      const { begun } = await consume(queue, {
        handler: async () => (broken ? { outcome: 'retry', reason: 'A' } : { outcome: 'executed' }),
      });
      await queue.enqueue([task]);
      await eventuallyEnded(queue, { dead_lettered: 1 });
      broken = false;
      const letter = lastOf(await queue.deadLetters({ limit: 1 }));

      await queue.requeue(letter.id);

      await eventuallyEnded(queue, { dead_lettered: 1, executed: 1 });
      expect(begun[2]).toMatchObject({ id: task.id, key: task.key, payload: [1], attempt: 1 });
      expect(await queue.deadLetters({ limit: 1 })).toEqual([]);
      await expect(queue.requeue(letter.id)).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND' });
      await expect(queue.requeue('nonsense')).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND' });
    });

    it('lists dead letters page by page, none twice', async () => {
      const queue = await world.open({ ...QUICK, maxAttempts: 1 });
      await consume(queue, { handler: async () => ({ outcome: 'retry', reason: 'A' }) });
      await queue.enqueue(Array.from({ length: 7 }, () => aTask()));
      await eventuallyEnded(queue, { dead_lettered: 7 });

      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await queue.deadLetters({ limit: 3, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
        after = lastOf(page).id;
      }
      expect(seen).toHaveLength(7);
      expect(new Set(seen).size).toBe(7);
    });

    it('is retried when the handler throws, under a reason that does not vary with the message', async () => {
      const queue = await world.open({ ...QUICK, maxAttempts: 1 });
      const { errors } = await consume(queue, {
        handler: async ({ payload }) => {
          if (payload === 'coded') throw Object.assign(new Error('x'), { code: 'AGENT_UNREACHABLE' });
          throw new Error(`at ${performance.now()}`);
        },
      });
      await queue.enqueue([aTask({ payload: 'coded' }), aTask()]);

      await eventuallyEnded(queue, { dead_lettered: 2 });

      const letters = await queue.deadLetters({ limit: 9 });
      expect(letters.map(({ reason }) => reason).sort()).toEqual(['AGENT_UNREACHABLE', 'HANDLER_FAILED']);
      expect(errors).toHaveLength(2);
    });

    it('holds up nothing else: poison payloads and answers that are none', async () => {
      const queue = await world.open({ ...QUICK, partitions: 1, maxAttempts: 1 });
      const { begun } = await consume(queue, {
        concurrency: 2,
        handler: async ({ payload }) => {
          if (payload === 'nonsense') return JSON.parse('{"outcome":"perhaps"}') as TaskResult;
          if (payload === 'nothing') return JSON.parse('null') as TaskResult;
          if (typeof payload !== 'number') throw new TypeError('poison');
          return { outcome: 'executed' };
        },
      });
      const poison = ['nonsense', 'nothing', { deep: [[[[]]]] }, null, '\ud800', ''].map(payload =>
        aTask({ payload }),
      );
      await queue.enqueue([...poison, ...Array.from({ length: 20 }, (_, n) => aTask({ payload: n }))]);

      await eventuallyEnded(queue, { executed: 20, dead_lettered: poison.length });

      expect(begun).toHaveLength(26);
    });

    it('holds up only its own key of its partition while it is parked', async () => {
      const queue = await world.open({
        ...QUICK,
        partitions: 1,
        backoffBaseMs: 60_000,
        backoffMaxMs: 60_000,
      });
      const failing = aTask();
      const { begun } = await consume(queue, {
        concurrency: 1,
        handler: async ({ id }) =>
          id === failing.id ? { outcome: 'retry', reason: 'A' } : { outcome: 'executed' },
      });
      await queue.enqueue([failing]);
      await eventually(() => begun.length === 1, { within: 10_000 });

      await queue.enqueue(Array.from({ length: 30 }, () => aTask()));

      const statistics = await eventuallyEnded(queue, { executed: 30 });
      expect(statistics).toMatchObject({ depth: 1, running: 0, oldestReadyAgeMs: 0 });
    });
  });
}
