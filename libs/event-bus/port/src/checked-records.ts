import { EventBusError, type BusRecord, type TopicConfig } from './event-bus.port.js';

/** Key, value and headers of one record; Kafka's brokers refuse more by default. */
export const MAX_RECORD_BYTES = 1_000_000;
/** NUL and lone surrogates, which PostgreSQL's text and UTF-8 cannot carry. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/** Kafka's own rule for topic names. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
const MAX_PARTITIONS = 1_000;

const invalid = (why: string): never => {
  throw new EventBusError('RECORD_INVALID', why);
};

/** What can be seen to be wrong without a broker is refused alike by every adapter, before anything is written. */
export function checkRecords(records: readonly BusRecord[]): void {
  for (const [index, { topic, key, value, headers = {} }] of records.entries()) {
    if (!TOPIC_NAME.test(topic))
      invalid(`records[${index}].topic is no topic name: ${JSON.stringify(topic)}`);
    if (typeof key !== 'string') invalid(`records[${index}].key is not text`);
    if (typeof value !== 'string' && value !== null)
      invalid(`records[${index}].value is neither text nor null`);
    const texts = [key, value ?? '', ...Object.entries(headers).flat()];
    if (texts.some(text => typeof text !== 'string' || UNSTORABLE.test(text)))
      invalid(`records[${index}] has text with NUL or a lone surrogate, or a header that is not text`);
    // UTF-8 takes at most 3 bytes for a UTF-16 unit: most records are known to fit without being encoded.
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    if (units * 3 <= MAX_RECORD_BYTES) continue;
    const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
    if (bytes > MAX_RECORD_BYTES)
      invalid(`records[${index}] has ${bytes} bytes; at most ${MAX_RECORD_BYTES}`);
  }
}

export function checkTopics(topics: readonly TopicConfig[]): void {
  for (const { name, partitions, retentionMs } of topics) {
    if (!TOPIC_NAME.test(name)) invalid(`no topic name: ${JSON.stringify(name)}`);
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
      invalid(`${name}: partitions must be a whole number from 1 to ${MAX_PARTITIONS}`);
    if (retentionMs !== undefined && !(Number.isSafeInteger(retentionMs) && retentionMs > 0))
      invalid(`${name}: retentionMs must be a whole number above 0`);
  }
}

/** Refuses with `TOPIC_MISMATCH` a topic that exists with other partitions or another clean-up than asked for. */
export function checkSameTopic(existing: TopicConfig, asked: TopicConfig): void {
  if (existing.partitions === asked.partitions && existing.compacted === asked.compacted) return;
  const describe = (topic: TopicConfig) =>
    `${topic.partitions} partitions, ${topic.compacted ? 'compacted' : 'kept for a time'}`;
  throw new EventBusError(
    'TOPIC_MISMATCH',
    `${asked.name} exists with ${describe(existing)}; asked for ${describe(asked)}`,
  );
}
