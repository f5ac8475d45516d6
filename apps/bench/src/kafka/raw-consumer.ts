import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { until } from '../rig/wait.js';

/** As somebody outside has it: kafkajs, nothing of ours. */
export const rawKafka = (broker: string): Kafka =>
  new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });

/** How many a topic holds that was never cleaned. */
export async function recordsOn(broker: string, topic: string): Promise<number> {
  const admin = rawKafka(broker).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Reads a topic from its beginning until it is closed; resolves when it has read what was there. */
export async function startRawConsumer(
  broker: string,
  topic: string,
  received: (messages: readonly KafkaMessage[]) => void,
): Promise<{ close(): Promise<void> }> {
  const there = await recordsOn(broker, topic);
  let seen = 0;
  const consumer = rawKafka(broker).consumer({ groupId: `outside-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: ({ batch }) => {
      received(batch.messages);
      seen += batch.messages.length;
      return Promise.resolve();
    },
  });
  await until(`${there} records of ${topic}`, 30_000, () => Promise.resolve(seen >= there || undefined));
  return { close: () => consumer.disconnect() };
}

/** The id of the event that a record carries. */
export const eventIdOf = (headers: IHeaders | undefined): string => headers?.['ce-id']?.toString() ?? '';
