import { randomUUID } from 'node:crypto';
import { openKafkaTaskQueue } from '@replicante/task-queue-kafka';
import { answerParent } from '@replicante/processes';
import { until } from '../rig/wait.js';
import { TASK_KIND, type TasksRequest, payloadOf, taskKey } from './tasks.js';

const PARTITIONS = 16;
const AT_ONCE = 512;

/** The queue as workers use it: enqueued, handled, and every end recorded. Answers tasks per second. */
answerParent(async ({ broker, tasks, batch }: TasksRequest): Promise<number> => {
  const queue = await openKafkaTaskQueue({ brokers: [broker], topicPrefix: `bench-${randomUUID()}` });
  const consumer = await queue.consume({
    consumerName: 'bench',
    concurrency: AT_ONCE,
    handler: () => Promise.resolve({ outcome: 'executed' }),
  });
  await consumer.ready;
  await until('all partitions', 30_000, () =>
    Promise.resolve(consumer.assignedPartitions().length === PARTITIONS || undefined),
  );
  const began = performance.now();
  for (let i = 0; i < tasks; i += batch)
    await queue.enqueue(
      Array.from({ length: batch }, (_, k) => ({
        id: randomUUID(),
        kind: TASK_KIND,
        key: taskKey(i + k),
        payload: payloadOf(),
      })),
    );
  await until(
    'every end is recorded',
    120_000,
    async () => (await queue.statistics()).ended.executed === tasks || undefined,
    10,
  );
  const seconds = (performance.now() - began) / 1_000;
  await consumer.stop();
  await queue.close();
  return tasks / seconds;
});
