import kafkajs, { type Admin, type IResourceConfigEntry } from 'kafkajs';
import { pause } from './deadline.js';
import { faultOf, isPassing } from './kafka-fault.js';

export interface KafkaTopic {
  readonly name: string;
  readonly partitions: number;
  readonly compacted: boolean;
  /** Undefined: for ever. Of no effect when compacted. */
  readonly retentionMs?: number;
}

export interface NewKafkaTopic extends KafkaTopic {
  /** Default: what the brokers have as theirs. */
  readonly replicationFactor?: number;
}

export interface ExistingKafkaTopic extends KafkaTopic {
  /** False: a producer of somebody else can put in what kafkajs cannot unpack, and consumers stop there. */
  readonly unpacked: boolean;
}

const CLEANUP = 'cleanup.policy';
const RETENTION = 'retention.ms';
const COMPRESSION = 'compression.type';

const settingsOf = ({ compacted, retentionMs }: NewKafkaTopic): IResourceConfigEntry[] => [
  { name: CLEANUP, value: compacted ? 'compact' : 'delete' },
  ...(compacted ? [] : [{ name: RETENTION, value: String(retentionMs ?? -1) }]),
  // The broker unpacks what producers compressed: kafkajs knows gzip only, and a batch that it cannot read stops a consumer.
  { name: COMPRESSION, value: 'uncompressed' },
  // The brokers' clock decides what is old: a publisher's may be off by minutes, or years.
  { name: 'message.timestamp.type', value: 'LogAppendTime' },
];

/** Looks for the leaders of new topics: some 100 ms on one broker, longer on a busy machine. */
const LEADERS = { looks: 100, everyMs: 50 };

/** Makes what is missing and leaves alone what is there; answers when all can be used. N processes may do so at once. */
export async function makeTopics(admin: Admin, topics: readonly NewKafkaTopic[]): Promise<void> {
  const known = new Set(await admin.listTopics());
  const missing = [...new Map(topics.filter(t => !known.has(t.name)).map(t => [t.name, t])).values()];
  if (missing.length > 0) await create(admin, missing);
  // Those too that another process has just made: they are listed before they can be read and written.
  await untilLed(admin, [...new Set(topics.map(topic => topic.name))]);
}

async function create(admin: Admin, missing: readonly NewKafkaTopic[]): Promise<void> {
  await admin.createTopics({
    // kafkajs' own wait ends at a broker that has not heard of the topic yet.
    waitForLeaders: false,
    topics: missing.map(topic => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicationFactor ?? -1,
      configEntries: settingsOf(topic),
    })),
  });
}

async function untilLed(admin: Admin, names: readonly string[]): Promise<void> {
  const never = new AbortController().signal;
  for (let look = 1; look <= LEADERS.looks; look += 1) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      if (topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (faultOf(error) !== 'TOPIC_UNKNOWN' && !isPassing(error)) throw error;
    }
    await pause(LEADERS.everyMs, never);
  }
}

/** The partitions of those that exist. Asked for together; one that is missing makes the question fail for all. */
export async function partitionCounts(admin: Admin, names: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  if (names.length === 0) return counts;
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
    for (const { name, partitions } of topics) counts.set(name, partitions.length);
  } catch (error) {
    if (faultOf(error) !== 'TOPIC_UNKNOWN') throw error;
    if (names.length > 1)
      for (const name of names)
        for (const [found, count] of await partitionCounts(admin, [name])) counts.set(found, count);
  }
  return counts;
}

export async function describeTopics(
  admin: Admin,
  names: readonly string[],
): Promise<readonly ExistingKafkaTopic[]> {
  const counts = await partitionCounts(admin, names);
  if (counts.size === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [...counts.keys()].map(name => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [CLEANUP, RETENTION, COMPRESSION],
    })),
  });
  return resources.map(({ resourceName: name, configEntries }) => {
    const settings = new Map(configEntries.map(entry => [entry.configName, entry.configValue]));
    const retentionMs = Number(settings.get(RETENTION) ?? -1);
    return {
      name,
      partitions: counts.get(name) ?? 0,
      compacted: (settings.get(CLEANUP) ?? '').split(',').includes('compact'),
      ...(retentionMs >= 0 && { retentionMs }),
      unpacked: ['uncompressed', 'gzip'].includes(settings.get(COMPRESSION) ?? ''),
    };
  });
}
