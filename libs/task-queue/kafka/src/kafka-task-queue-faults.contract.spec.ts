import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewTask, TaskQueue } from '@replicante/task-queue';
import { describeWith, eventually, startTestServer } from '@replicante/testing';
import type { TestServer } from '@replicante/testing';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, Producer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { openKafkaTaskQueue } from './index.js';
import type { KafkaTaskQueueOptions } from './index.js';

const task = (values: Partial<NewTask> = {}): NewTask => ({
  id: randomUUID(),
  kind: 'OrchestrateCluster',
  key: `ns:${randomUUID()}`,
  payload: {},
  ...values,
});

await describeWith('kafka', 'the task queue on Kafka', () => {
  let server: TestServer;
  let admin: Admin;
  let producer: Producer;
  let prefix = '';
  const opened: TaskQueue[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    server = await startTestServer('kafka');
    const kafka = new Kafka({ brokers: [server.address], logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
  });
  afterAll(async () => {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await server.stop();
  });
  beforeEach(() => {
    prefix = `q${randomUUID()}`;
    errors.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(queue => queue.close()));
  });

  const open = async (options: Partial<KafkaTaskQueueOptions> = {}): Promise<TaskQueue> => {
    const queue = await openKafkaTaskQueue({
      brokers: [server.address],
      topicPrefix: prefix,
      onError: error => errors.push(String(error)),
      ...options,
    });
    opened.push(queue);
    return queue;
  };
  const lowOf = async (): Promise<number> => {
    const offsets = await admin.fetchTopicOffsets(`${prefix}.tasks`);
    return Math.max(...offsets.map(({ low }) => Number(low)));
  };

  describe('a log that grew long', () => {
    it('is cut behind a snapshot, and who begins to read then sees the same queue', async () => {
      const settings = { partitions: 2, visibilityMs: 3_000, maxAttempts: 1 };
      const queue = await open({ settings, snapshotAfter: { records: 40, bytes: 1e9 } });
      const consumer = await queue.consume({
        consumerName: 'a',
        handler: async ({ payload }) =>
          payload === 'bad' ? { outcome: 'retry', reason: 'BAD' } : { outcome: 'executed' },
      });
      await queue.enqueue([task({ payload: 'bad' }), task({ delayMs: 3_600_000, key: 'parked' })]);
      await eventually(
        async () => {
          await queue.enqueue(Array.from({ length: 5 }, () => task()));
          return (await lowOf()) > 0;
        },
        { within: 30_000 },
      );
      await consumer.stop();

      const late = await open({ settings });

      const [before, after] = [await queue.statistics(), await late.statistics()];
      expect(after).toEqual({ ...before, oldestReadyAgeMs: after.oldestReadyAgeMs });
      expect(after).toMatchObject({ deadLetters: 1, running: 0 });
      expect(await late.deadLetters({ limit: 9 })).toEqual(await queue.deadLetters({ limit: 9 }));
      // The parked task was carried over the cut, and can still be replaced.
      const seen: string[] = [];
      await late.consume({
        consumerName: 'b',
        handler: async ({ key }) => {
          seen.push(key);
          return { outcome: 'executed' };
        },
      });
      await late.enqueue([task({ key: 'parked' })]);
      await eventually(() => seen.includes('parked'), { within: 15_000 });
      expect((await late.statistics()).depth).toBe(0);
      expect(errors).toEqual([]);
    });

    it('that somebody else cut is said aloud and gone on without', async () => {
      const queue = await open({ settings: { partitions: 1 } });
      await queue.enqueue([task()]);
      await queue.enqueue([task()]);
      await lowOf();
      await admin.deleteTopicRecords({
        topic: `${prefix}.tasks`,
        partitions: [{ partition: 0, offset: '1' }],
      });

      const late = await open();

      expect(await late.statistics()).toMatchObject({ enqueued: 1, depth: 1 });
      expect(errors.join()).toMatch(/cut/);
    });
  });

  describe('a log that was lost', () => {
    it('is noticed with the first record that comes after, and begun anew', async () => {
      const queue = await open({ settings: { partitions: 1 } });
      await queue.enqueue([task(), task(), task()]);
      for (let n = 0; n < 3; n++) await queue.enqueue([task()]);
      expect(await queue.statistics()).toMatchObject({ enqueued: 6 });
      const topic = `${prefix}.tasks`;
      await admin.deleteTopics({ topics: [topic] });
      const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
      // A wait for leaders that fails says nothing of the topic, which is made: every later call would answer false.
      const topics = [{ topic, numPartitions: 1, configEntries }];
      await eventually(() => admin.createTopics({ topics, waitForLeaders: false }), { within: 10_000 });
      await eventually(
        async () => {
          await queue.enqueue([task({ key: 'one' })]);
          const { depth, ended } = await queue.statistics();
          return depth === 1 && ended.superseded < 100;
        },
        { within: 40_000, every: 500 },
      );
      expect(errors.join()).toMatch(/shorter/);
    });
  });

  describe('messages that are no tasks', () => {
    it('become dead letters, told once, and stop nothing', async () => {
      const queue = await open({ settings: { partitions: 1 } });
      const topic = `${prefix}.tasks`;
      const values = ['%garbage', '', '{"v":9,"type":"enqueue"}', '[]', 'x'.repeat(900_000), null];
      await producer.send({
        topic,
        messages: [
          ...values.slice(0, 4).map(value => ({ key: 'ns:c', value, partition: 0 })),
          { key: null, value: Buffer.from([0xff, 0xfe, 0x00]), partition: 0 },
        ],
      });
      for (const value of values.slice(4))
        await producer.send({ topic, messages: [{ value, partition: 0 }] });
      await producer.send({
        topic: `${prefix}.task-consumers`,
        messages: [{ value: '{"v":1,"type":"beat"}' }],
      });
      const seen: string[] = [];
      await queue.consume({
        consumerName: 'a',
        handler: async ({ id, kind }) => {
          seen.push(id);
          return kind === 'Unreadable'
            ? { outcome: 'abandoned', reason: 'TASK_KIND_UNKNOWN' }
            : { outcome: 'executed' };
        },
      });
      const real = task();
      await queue.enqueue([real]);

      await eventually(() => seen.includes(real.id), { within: 15_000 });

      expect(await queue.statistics()).toMatchObject({
        enqueued: 8,
        ended: { executed: 1, dead_lettered: 7 },
      });
      const letters = await queue.deadLetters({ limit: 9 });
      expect(letters.map(({ key, reason, occurrences }) => [key, reason, occurrences])).toEqual([
        ['ns:c', 'TASK_UNREADABLE', 4],
        ['unreadable', 'TASK_UNREADABLE', 3],
      ]);
      expect(errors.filter(error => error.includes('no tasks'))).toHaveLength(1);
      await queue.requeue(letters[0]?.id ?? '');
      await eventually(async () => (await queue.statistics()).ended.abandoned === 1, { within: 10_000 });
    });

    it('include somebody’s transaction, which holds up no reader', async () => {
      const queue = await open({ settings: { partitions: 1 } });
      const kafka = new Kafka({ brokers: [server.address], logLevel: logLevel.NOTHING });
      const foreign = kafka.producer({
        transactionalId: prefix,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await foreign.connect();
      const transaction = await foreign.transaction();
      await transaction.send({ topic: `${prefix}.tasks`, messages: [{ value: 'foreign', partition: 0 }] });
      await queue.enqueue([task()]);
      expect(await queue.statistics()).toMatchObject({ enqueued: 2, depth: 1 });
      await transaction.commit();
      await foreign.disconnect();
      expect(await queue.statistics()).toMatchObject({ enqueued: 2, depth: 1 });
      await queue.enqueue([task()]);
      expect(await queue.statistics()).toMatchObject({ enqueued: 3, depth: 2 });
    });
  });

  describe('topics that are not as they should be', () => {
    it('are refused when partitions were added: keys would lie in two', async () => {
      const queue = await open({ settings: { partitions: 2 } });
      await queue.statistics();
      await admin.createPartitions({ topicPartitions: [{ topic: `${prefix}.tasks`, count: 4 }] });
      await expect(open({ settings: { partitions: 2 } })).rejects.toMatchObject({ code: 'PARTITIONS_FIXED' });
      const grown = await open();
      await expect(grown.statistics()).rejects.toMatchObject({ code: 'PARTITIONS_FIXED' });
      // Who was there before goes on.
      await queue.enqueue([task()]);
      expect(await queue.statistics()).toMatchObject({ depth: 1 });
    });

    it('are refused when producers’ clocks would count, and reported when tasks could be lost by age', async () => {
      const topics = [`${prefix}.tasks`, `${prefix}.task-consumers`];
      await admin.createTopics({
        topics: topics.map(topic => ({
          topic,
          numPartitions: 1,
          configEntries: [{ name: 'retention.ms', value: '3600000' }],
        })),
      });
      await expect(open()).rejects.toThrow(/message\.timestamp\.type=CreateTime/);
      const stamped = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
      prefix = `${prefix}b`;
      await admin.createTopics({
        topics: [`${prefix}.tasks`, `${prefix}.task-consumers`].map(topic => ({
          topic,
          numPartitions: 1,
          configEntries: [{ name: 'retention.ms', value: '3600000' }, ...stamped],
        })),
      });
      await open();
      expect(errors.filter(error => error.includes('retention.ms=3600000'))).toHaveLength(2);
    });
  });
});
