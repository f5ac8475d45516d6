import { Partitioners } from 'kafkajs';
import type { KafkaMessage, Message } from 'kafkajs';
import { answerParent } from '@replicante/processes';
import { rawKafka, startRawConsumer } from './raw-consumer.js';

export interface RawRecordsRequest {
  readonly broker: string;
  /** Whose records are written again, key, value and headers. */
  readonly source: string;
  /** Beginning of the keys of those that are meant. */
  readonly keys: string;
  readonly target: string;
  readonly records: number;
  /** To one request; the next one leaves when it is acknowledged. */
  readonly batch: number;
}

let kept: readonly Message[] | undefined;

/** Raw kafkajs: an idempotent producer, acknowledged by all replicas. Answers records per second. */
answerParent(async (request: RawRecordsRequest): Promise<number> => {
  const { broker, target, records, batch } = request;
  kept ??= await recordsOf(request);
  const kafka = rawKafka(broker);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: target, numPartitions: 16 }] });
  await admin.disconnect();
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  // The producer's id, the topic's partitions: not what is measured.
  await producer.send({ topic: target, acks: -1, messages: kept.slice(0, 1) });
  const began = performance.now();
  for (let from = 0; from < records; from += batch)
    await producer.send({ topic: target, acks: -1, messages: kept.slice(from, from + batch) });
  const seconds = (performance.now() - began) / 1_000;
  await producer.disconnect();
  return records / seconds;
});

/** In the order and the mixture in which they were published. */
async function recordsOf({ broker, source, keys, records }: RawRecordsRequest): Promise<readonly Message[]> {
  const found: KafkaMessage[] = [];
  const consumer = await startRawConsumer(broker, source, messages => {
    found.push(...messages.filter(({ key }) => key?.toString().startsWith(keys)));
  });
  await consumer.close();
  if (found.length < records) throw new Error(`${source} holds ${found.length} records of ${keys} only`);
  // Records of one request have one timestamp; a consumer gets them partition by partition.
  found.sort((a, b) => Number(a.timestamp) - Number(b.timestamp));
  return found.slice(0, records).map(({ key, value, headers }) => ({
    key,
    value,
    ...(headers !== undefined && { headers }),
  }));
}
