import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  partitionOf,
  type EventBus,
  type ReceivedRecord,
  type SubscribeOptions,
} from '@replicante/event-bus';
import { describeWith, eventually, startTestServer, type TestServer } from '@replicante/testing';
import { CompressionTypes, Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { openKafkaEventBus, type KafkaEventBusOptions } from './index.js';

let server: TestServer;
let admin: Admin;
let foreigner: Producer;
const buses: EventBus[] = [];
const told: unknown[] = [];

async function open(more: Partial<KafkaEventBusOptions> = {}): Promise<EventBus> {
  const bus = await openKafkaEventBus({
    brokers: [server.address],
    sessionTimeoutMs: 6_000,
    heartbeatMs: 500,
    onError: error => told.push(error),
    ...more,
  });
  buses.push(bus);
  return bus;
}

async function collect(bus: EventBus, options: Omit<SubscribeOptions, 'handler' | 'onError'>) {
  const records: ReceivedRecord[] = [];
  const errors: unknown[] = [];
  const subscription = await bus.subscribe({
    ...options,
    handler: async batch => void records.push(...batch),
    onError: error => errors.push(error),
  });
  await subscription.ready;
  return { records, errors, subscription, values: () => records.map(({ value }) => value) };
}

await describeWith('kafka', 'topics of the bus on Kafka', () => {
  beforeAll(async () => {
    server = await startTestServer('kafka');
    const kafka = new Kafka({
      brokers: [server.address],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    admin = kafka.admin();
    foreigner = kafka.producer({ allowAutoTopicCreation: false });
    await admin.connect();
    await foreigner.connect();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(buses.map(bus => bus.close()));
    await foreigner?.disconnect();
    await admin?.disconnect();
    await server?.stop();
  });

  it('have the names, partitions, retention and replication of the configuration', async () => {
    const bus = await open({
      topicName: topic => `site.${topic}`,
      groupName: group => `site.${group}`,
      partitions: 5,
      retentionMs: 3_600_000,
      replicationFactor: 1,
    });
    await bus.ensureTopics([
      { name: 'named', partitions: 2, compacted: false, retentionMs: 60_000 },
      { name: 'compact', partitions: 2, compacted: true },
    ]);
    const { topics } = await admin.fetchTopicMetadata({ topics: ['site.named', 'site.compact'] });
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([5, 5]);
    const settings = async (name: string) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name, configNames: ['cleanup.policy', 'retention.ms', 'compression.type'] }],
      });
      return Object.fromEntries(resources[0]?.configEntries.map(e => [e.configName, e.configValue]) ?? []);
    };
    expect(await settings('site.named')).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '3600000',
    });
    expect(await settings('site.compact')).toMatchObject({ 'cleanup.policy': 'compact' });

    const all = await collect(bus, { topics: ['named'], group: 'readers' });
    await bus.publish([{ topic: 'named', key: 'k', value: 'v' }]);
    await eventually(() => all.records.length === 1, { within: 10_000 });
    expect(all.records[0]?.topic).toBe('named');
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain('site.readers');
    await all.subscription.close();
  });

  it('that keep records for another time are reported and left as they are', async () => {
    const bus = await open();
    const topic = { name: 'shorter', partitions: 1, compacted: false };
    await bus.ensureTopics([{ ...topic, retentionMs: 60_000 }]);
    told.length = 0;
    await bus.ensureTopics([{ ...topic, retentionMs: 600_000 }]);
    await bus.ensureTopics([{ ...topic, retentionMs: 600_000 }]);
    expect(told).toEqual([expect.objectContaining({ code: 'TOPIC_MISMATCH' })]);
    expect(String(told[0])).toContain('60000');
  });

  it('deliver whatever somebody else writes there, and say so once', async () => {
    const bus = await open();
    await bus.ensureTopics([{ name: 'foreign', partitions: 1, compacted: false }]);
    const all = await collect(bus, { topics: ['foreign'], group: 'foreign' });
    const topic = 'foreign';
    await foreigner.send({ topic, messages: [{ value: Buffer.from([0xff, 0x00, 0xfe]) }] });
    await foreigner.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [{ key: 'k', value: 'zipped', headers: { h: ['a', 'b'] } }],
    });
    await foreigner.send({
      topic,
      messages: [
        { key: 'k', value: 'x'.repeat(1_000_000) },
        { key: 'k', value: '' },
      ],
    });
    await bus.publish([{ topic, key: 'k', value: 'ours' }]);
    await eventually(() => all.values().includes('ours'), { within: 10_000 });
    expect(all.records.map(({ key, value, headers }) => [key, value?.length, headers])).toEqual([
      ['', 3, {}],
      ['k', 6, { h: 'b' }],
      ['k', 1_000_000, {}],
      ['k', 0, {}],
      ['k', 4, {}],
    ]);
    expect(all.errors).toEqual([expect.objectContaining({ code: 'RECORD_INVALID' })]);
    await all.subscription.close();
  });

  it('that got more partitions take no more records of ours, and lose none of anybody’s', async () => {
    const bus = await open({ metadataMaxAgeMs: 300 });
    await bus.ensureTopics([{ name: 'grown', partitions: 2, compacted: false }]);
    const all = await collect(bus, { topics: ['grown'], group: 'grown' });
    const own = await collect(bus, { topics: ['grown'] });
    await bus.publish([{ topic: 'grown', key: 'k', value: 'before' }]);
    await eventually(() => all.records.length === 1 && own.records.length === 1, { within: 10_000 });
    await admin.createPartitions({ topicPartitions: [{ topic: 'grown', count: 4 }] });
    // Before anybody has noticed: the newest records of the new partition are not the first that count.
    await eventually(
      async () => {
        await foreigner.send({ topic: 'grown', messages: [{ key: 'k', value: 'new', partition: 3 }] });
        return true;
      },
      { within: 10_000 },
    );
    await eventually(
      async () => {
        const outcome = await bus.publish([{ topic: 'grown', key: 'k', value: 'after' }]).then(
          () => undefined,
          (error: unknown) => error,
        );
        return outcome !== undefined && (outcome as { code?: string }).code === 'TOPIC_MISMATCH';
      },
      { within: 10_000 },
    );
    await eventually(() => all.values().includes('new') && own.values().includes('new'), { within: 15_000 });
    expect(told).toContainEqual(expect.objectContaining({ code: 'TOPIC_MISMATCH' }));
    const again = await open();
    await expect(
      again.ensureTopics([{ name: 'grown', partitions: 2, compacted: false }]),
    ).rejects.toMatchObject({
      code: 'TOPIC_MISMATCH',
    });
    for (const { subscription } of [all, own]) await subscription.close();
  });

  it('that lost records to retention are read on from the oldest that is left', async () => {
    const bus = await open();
    const topic = 'trimmed';
    await bus.ensureTopics([{ name: topic, partitions: 1, compacted: false }]);
    const before = await collect(bus, { topics: [topic], group: 'slow' });
    const publish = (from: number, to: number) =>
      bus.publish(
        Array.from({ length: to - from }, (_, i) => ({ topic, key: 'k', value: String(from + i) })),
      );
    await publish(0, 5);
    await eventually(() => before.records.length === 5, { within: 10_000 });
    await before.subscription.close();
    await publish(5, 20);
    // kafkajs deletes only from topics that this client has met.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '12' }] });
    const after = await collect(bus, { topics: [topic], group: 'slow' });
    await eventually(() => after.records.length === 8, { within: 15_000 });
    expect(after.values()).toEqual(['12', '13', '14', '15', '16', '17', '18', '19']);
    await after.subscription.close();
  });

  it('are read on without a gap after a broker was frozen for longer than a session', async () => {
    const bus = await open({ publishTimeoutMs: 2_000 });
    const topic = 'frozen';
    await bus.ensureTopics([{ name: topic, partitions: 3, compacted: false }]);
    const group = await collect(bus, { topics: [topic], group: 'frozen' });
    const own = await collect(bus, { topics: [topic] });
    let next = 0;
    const acknowledged: string[] = [];
    const tryPublish = async () => {
      const value = String((next += 1));
      const written = await bus.publish([{ topic, key: `k${next % 7}`, value }]).then(
        () => true,
        () => false,
      );
      if (written) acknowledged.push(value);
      return written;
    };
    while (acknowledged.length < 20) await tryPublish();
    await eventually(() => group.records.length === 20 && own.records.length === 20, { within: 10_000 });
    server.freeze();
    const frozenAt = performance.now();
    // Each waits for its deadline: what a session would wait for has passed when enough have failed.
    while (performance.now() - frozenAt < 7_500) expect(await tryPublish()).toBe(false);
    server.thaw();
    while (acknowledged.length < 40) await tryPublish();
    for (const all of [group, own]) {
      await eventually(() => acknowledged.every(value => all.values().includes(value)), { within: 20_000 });
      for (const key of new Set(all.records.map(record => record.key))) {
        const firsts = [
          ...new Set(all.records.filter(record => record.key === key).map(r => Number(r.value))),
        ];
        expect(firsts).toEqual([...firsts].sort((x, y) => x - y));
      }
      await all.subscription.close();
    }
  });

  it('take records that one publish cannot carry at once, in order', async () => {
    const bus = await open();
    const topic = 'large';
    await bus.ensureTopics([{ name: topic, partitions: 2, compacted: false }]);
    const all = await collect(bus, { topics: [topic] });
    const values = Array.from({ length: 12 }, (_, i) => `${i}:${'x'.repeat(400_000)}`);
    await bus.publish(values.map(value => ({ topic, key: 'k', value })));
    await eventually(() => all.records.length === 12, { within: 15_000 });
    expect(all.values().map(value => value?.split(':')[0])).toEqual(values.map(value => value.split(':')[0]));
    expect(new Set(all.records.map(({ partition }) => partition))).toEqual(new Set([partitionOf('k', 2)]));
    await all.subscription.close();
  });
});
