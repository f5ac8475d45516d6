import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { until } from '../until.js';
import type { PublishedEvent } from './evidence.js';

const TOPICS = ['replicante.cluster', 'replicante.platform', 'replicante.namespace'];
const WITHIN_MS = 60_000;

interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly revision: number | string;
}

/** All that lies on the topics of events, by a plain consumer. At rest: what comes after the ends of now is not read. */
export async function readTopics(broker: string): Promise<readonly PublishedEvent[]> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<string, bigint>();
  for (const topic of TOPICS)
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
      if (BigInt(high) > BigInt(low)) ends.set(`${topic} ${partition}`, BigInt(high));
  await admin.disconnect();

  const found: PublishedEvent[] = [];
  const read = new Map<string, bigint>();
  const consumer = kafka.consumer({ groupId: `chaos-${randomUUID()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: TOPICS, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message }) => {
        const { id, type, source, revision } = JSON.parse(String(message.value)) as CloudEvent;
        found.push({
          ...{ topic, partition, key: String(message.key), id, type, source },
          revision: Number(revision),
        });
        read.set(`${topic} ${partition}`, BigInt(message.offset) + 1n);
        return Promise.resolve();
      },
    });
    await until('the topics are read to their ends', WITHIN_MS, () =>
      [...ends].every(([place, end]) => (read.get(place) ?? 0n) >= end),
    );
    return found;
  } finally {
    await consumer.disconnect();
  }
}
