import { randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { answerParent } from '@replicante/processes';
import { TASK_KIND, type TasksRequest, payloadOf, taskKey } from './tasks.js';

/** Raw kafkajs: as many messages of the same bytes in the same batches, produced and consumed. Answers tasks per second. */
answerParent(async ({ broker, tasks, batch }: TasksRequest): Promise<number> => {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const topic = `raw-${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 16 }] });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const joined = new Promise<void>(resolve => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  let seen = 0;
  const all = new Promise<void>((resolve, reject) => {
    consumer
      .run({
        partitionsConsumedConcurrently: 4,
        eachBatch: ({ batch: { messages } }) => {
          for (const { value } of messages) if (value !== null && 'id' in parsed(value)) seen += 1;
          if (seen >= tasks) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await joined;
  const began = performance.now();
  for (let i = 0; i < tasks; i += batch)
    await producer.send({
      topic,
      acks: -1,
      messages: Array.from({ length: batch }, (_, k) => {
        const key = taskKey(i + k);
        return {
          key,
          value: JSON.stringify({ id: randomUUID(), kind: TASK_KIND, key, payload: payloadOf() }),
        };
      }),
    });
  await all;
  const seconds = (performance.now() - began) / 1_000;
  await consumer.disconnect();
  await producer.disconnect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return tasks / seconds;
});

function parsed(value: Buffer): object {
  const task: unknown = JSON.parse(value.toString());
  if (typeof task !== 'object' || task === null) throw new Error('not a task');
  return task;
}
