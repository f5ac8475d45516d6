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

/** A record as it lies in its partition. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; where the topic says so, by the broker's clock. */
  readonly stampMs: number;
  readonly key: string;
  readonly value: string | null;
}

/** All that lies on the topics of events, by a plain consumer. */
export async function readTopics(broker: string): Promise<readonly PublishedEvent[]> {
  return (await readRecords(broker, TOPICS)).map(({ topic, partition, key, value }) => {
    const { id, type, source, revision } = JSON.parse(String(value)) as CloudEvent;
    return { topic, partition, key, id, type, source, revision: Number(revision) };
  });
}

/** Each partition in its order, from the first record that it has to the end of now. */
export async function readRecords(broker: string, topics: readonly string[]): Promise<readonly RawRecord[]> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<string, bigint>();
  for (const topic of topics)
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
      if (BigInt(high) > BigInt(low)) ends.set(`${topic} ${partition}`, BigInt(high));
  await admin.disconnect();

  const found: RawRecord[] = [];
  const read = new Map<string, bigint>();
  const consumer = kafka.consumer({ groupId: `chaos-${randomUUID()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message: { offset, timestamp, key, value } }) => {
        const place = `${topic} ${partition}`;
        if (BigInt(offset) < (ends.get(place) ?? 0n))
          found.push({
            ...{ topic, partition, offset: Number(offset), stampMs: Number(timestamp) },
            ...{ key: String(key ?? ''), value: value === null ? null : value.toString('utf8') },
          });
        read.set(place, BigInt(offset) + 1n);
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
