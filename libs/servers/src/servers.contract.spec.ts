import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith, eventually, startTestServer, type TestServer } from '@replicante/testing';
import { Kafka, logLevel } from 'kafkajs';

let kafka: TestServer;
const admin = () =>
  new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING, retry: { retries: 20 } }).admin();

await describeWith('kafka', 'Kafka', () => {
  beforeAll(async () => {
    kafka = await startTestServer('kafka');
  }, 120_000);
  afterAll(() => kafka?.stop());

  it('keeps its topics and its address when it is killed and started again', async () => {
    const before = admin();
    await before.connect();
    await before.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }] });
    await before.disconnect();
    await kafka.kill();
    expect(kafka.isRunning()).toBe(false);
    await kafka.restart();
    const after = admin();
    await after.connect();
    expect(await after.listTopics()).toContain('kept');
    await after.disconnect();
  }, 60_000);

  it('makes no topic by itself', async () => {
    const client = admin();
    await client.connect();
    await expect(client.fetchTopicMetadata({ topics: ['nobody-made-this'] })).rejects.toThrow();
    await client.disconnect();
  });
});

let consul: TestServer;
const kv = (key: string, init?: RequestInit) =>
  fetch(`http://${consul.address}/v1/kv/${key}?raw`, { signal: AbortSignal.timeout(2_000), ...init });

await describeWith('consul', 'Consul', () => {
  beforeAll(async () => {
    consul = await startTestServer('consul');
  }, 60_000);
  afterAll(() => consul?.stop());

  it('keeps its data and its address when it is killed and started again', async () => {
    await kv('kept', { method: 'PUT', body: 'yes' });
    await consul.kill();
    await consul.restart();
    expect(await (await kv('kept')).text()).toBe('yes');
  }, 60_000);

  it('answers nothing while it is frozen, and goes on when it thaws', async () => {
    consul.freeze();
    await expect(kv('kept')).rejects.toThrow();
    consul.thaw();
    expect(await eventually(async () => (await kv('kept')).text(), { within: 10_000 })).toBe('yes');
  });
});
