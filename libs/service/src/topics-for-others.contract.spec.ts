import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cloudEvent } from '@replicante/contracts';
import type { EventBus } from '@replicante/event-bus';
import { openKafkaEventBus } from '@replicante/event-bus-kafka';
import { gatewayProjection, gatewayTopics } from '@replicante/gateway';
import type { TestServer } from '@replicante/testing';
import { describeWith, eventually, startProcess, startTestServer } from '@replicante/testing';
import { kafkaName } from './configuration-servers.js';

/** Knows nothing of ours but what is published: topics, CloudEvents, JSON Schemas. */
const CONSUMER = 'examples/topic-consumer/consume.mjs';
const CLUSTERS = ['one', 'two', 'three'];
const TYPE = 'cluster.CycleRequested.v1';

const records = (cluster: string, revision: number, type = TYPE, data: object = { cluster_id: cluster }) =>
  gatewayProjection(cloudEvent)({
    id: `${cluster}-${revision}`,
    type,
    data: { ns_id: 'default', ...data },
    streamId: `cluster-default:${cluster}`,
    revision,
    position: String(revision),
    metadata: {
      commandId: 'c',
      correlationId: 'r',
      actor: { kind: 'anonymous', verified: false },
      recordedAt: '2026-01-01T00:00:00.000Z',
    },
  });

await describeWith('kafka', 'a consumer that is not ours', () => {
  let server: TestServer;
  let bus: EventBus;
  beforeAll(async () => {
    server = await startTestServer('kafka');
    bus = await openKafkaEventBus({
      brokers: [server.address],
      topicName: name => kafkaName({ topicPrefix: 'others' }, name),
    });
    await bus.ensureTopics(gatewayTopics({ partitions: 4 }));
  });
  afterAll(async () => {
    await bus?.close();
    await server?.stop();
  });

  it('reads events in order per cluster, validates each, and goes on after what is none', async () => {
    for (let revision = 0; revision < 20; revision += 1)
      await bus.publish(CLUSTERS.flatMap(cluster => records(cluster, revision)));
    await bus.publish(records('one', 19));
    await bus.publish(records('one', 20, 'cluster.FromTheFuture.v9'));
    await bus.publish(records('one', 21, TYPE, { cluster_id: 7 }));
    await bus.publish([{ topic: 'replicante.cluster', key: 'default:one', value: 'garbage' }]);
    await bus.publish(records('one', 22));

    const consumer = await startProcess({
      command: process.execPath,
      args: [CONSUMER, server.address, 'others.cluster'],
    });
    const linesOf = (cluster: string) =>
      consumer
        .stdout()
        .split('\n')
        .filter(line => line.includes(` default:${cluster}@`))
        .map(line => line.replace(/^.*@/, ''));
    try {
      await eventually(() => CLUSTERS.every(cluster => linesOf(cluster).length >= 20), { within: 30_000 });
      await eventually(() => linesOf('one').at(-1) === `22 ${TYPE} valid`, { within: 10_000 });
      const inOrder = Array.from({ length: 20 }, (_, revision) => `${revision} ${TYPE} valid`);
      expect(linesOf('two')).toEqual(inOrder);
      expect(linesOf('three')).toEqual(inOrder);
      expect(linesOf('one')).toEqual([
        ...inOrder,
        `19 ${TYPE} repeat`,
        '20 cluster.FromTheFuture.v9 a type of a newer release: skipped',
        expect.stringMatching(`^21 ${TYPE} INVALID: data/cluster_id must be string`),
        `22 ${TYPE} valid`,
      ]);
      expect(consumer.stdout()).toMatch(/^\d+\/\d+ no CloudEvent: /m);
    } finally {
      await consumer.stop();
    }
  });
});
