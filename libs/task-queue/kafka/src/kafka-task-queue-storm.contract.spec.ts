import { typescriptHooks } from '@replicante/coordinator-contract';
import { expect, it } from '@jest/globals';
import type { NewTask, QueueStatistics } from '@replicante/task-queue';
import { describeWith, eventually, startProcess, startTestServer } from '@replicante/testing';
import type { TestProcess } from '@replicante/testing';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openKafkaTaskQueue } from './index.js';

const worker = fileURLToPath(new URL('working-consumer.child.ts', import.meta.url));
const ROUNDS = 12;

const sumOf = ({ ended, depth }: QueueStatistics): number =>
  Object.values(ended).reduce((total, count) => total + count, depth);

await describeWith('kafka', 'the task queue on Kafka, while consumers and Kafka die and freeze', () => {
  it('ends every task in exactly one counted way, and all readers count the same', async () => {
    const server = await startTestServer('kafka');
    const options = { brokers: [server.address], topicPrefix: 'storm' };
    const queue = await openKafkaTaskQueue(options);
    const workers: TestProcess[] = [];
    const gone: TestProcess[] = [];
    const start = async (): Promise<void> => {
      workers.push(
        await startProcess({
          command: process.execPath,
          args: ['--no-warnings', '--import', typescriptHooks, worker],
          env: { KAFKA_BROKERS: server.address, TOPIC_PREFIX: 'storm', NODE_OPTIONS: '' },
          ready: /"ready"/,
        }),
      );
    };
    const faults: readonly (() => Promise<void>)[] = [
      async () => undefined,
      async () => {
        const [dead] = workers.splice(0, 1);
        if (dead) gone.push(dead);
        await dead?.kill();
        await start();
      },
      async () => {
        workers[0]?.freeze();
      },
      async () => {
        await server.kill();
        await server.restart();
      },
      async () => {
        for (const frozen of workers) frozen.thaw();
        server.freeze();
        const until = performance.now() + 4_000;
        await eventually(() => performance.now() > until, { within: 10_000 });
        server.thaw();
      },
    ];
    await start();
    await start();
    const sent: NewTask[] = [];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const tasks = Array.from({ length: 60 }, (_, n) => ({
          id: randomUUID(),
          kind: 'OrchestrateCluster',
          key: `ns:c${(round * 13 + n) % 150}`,
          payload: { round, n },
        }));
        sent.push(...tasks);
        const enqueued = eventually(
          async () => {
            await queue.enqueue(tasks);
            return true;
          },
          { within: 60_000, every: 200 },
        );
        await faults[round % faults.length]?.();
        await enqueued;
        const now = await eventually(() => queue.statistics(), { within: 60_000 });
        expect(sumOf(now)).toBe(now.enqueued);
      }
      for (const frozen of workers) frozen.thaw();

      const last = await eventually(
        async () => {
          const now = await queue.statistics();
          expect(sumOf(now)).toBe(now.enqueued);
          if (now.depth > 0)
            throw new Error(
              `still there: ${JSON.stringify(now)}${workers.map(each => each.stderr()).join('')}`,
            );
          return now;
        },
        { within: 90_000, every: 250 },
      );

      // An enqueue whose answer was lost is repeated: what had run by then runs once more, and is counted once more.
      expect(last.enqueued).toBeGreaterThanOrEqual(sent.length);
      expect(last.ended).toMatchObject({ dead_lettered: 0, expired: 0, abandoned: 0 });
      const ran = [...workers, ...gone].flatMap(each => each.stdout().match(/"ran":"[^"]+"/g) ?? []);
      expect(ran.length).toBeGreaterThanOrEqual(last.ended.executed);
      const late = await openKafkaTaskQueue(options);
      expect(await eventually(() => late.statistics(), { within: 20_000 })).toEqual(last);
      await late.close();
    } finally {
      for (const each of workers) await each.kill();
      await queue.close();
      await server.stop();
    }
  }, 240_000);
});
