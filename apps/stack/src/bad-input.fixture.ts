import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { partitionOfKey } from '@replicante/kernel';
import { ConfigResourceTypes, Kafka, type KafkaConfig, type Message, logLevel } from 'kafkajs';
import { randomUUID } from 'node:crypto';

/** Copies of each: what is said once for one must be said once for all. */
const COPIES = 5;
const HUGE_BYTES = 2 * 1024 * 1024;

/** Every way in which a message can be nobody's of the suite, under the key of a cluster that is. */
const nobodys = (): readonly Message[] => {
  const key = 'default:pg';
  const foreign = { specversion: '1.0', id: randomUUID(), source: '/others', type: 'com.example.sold' };
  return Array.from({ length: COPIES }, (): Message[] => [
    { key, value: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
    { key: Buffer.from([0xc3, 0x28]), value: 'neither text nor JSON {' },
    { key, value: JSON.stringify({ v: 99, type: 'enqueue', specversion: '9.9', tasks: [] }) },
    { key, value: JSON.stringify({ ...foreign, data: {} }), headers: { 'ce-type': foreign.type } },
  ]).flat();
};

const TASKS = 'replicante.tasks';
const QUEUE_PARTITIONS = 16;

/** A step of the queue's log as its writers write it, of tasks that nobody can do. */
function hopelessTasks(): { readonly partition: number; readonly value: string }[] {
  const gone = { kind: 'OrchestrateCluster', payload: { ns_id: 'default', cluster_id: 'gone' } };
  const newer = { kind: 'PaintCluster', payload: { ns_id: 'default', cluster_id: 'pg' } };
  return [gone, newer].map(task => {
    const key = `cluster/default/${task.kind}-of-a-test`;
    const value = JSON.stringify({ v: 1, type: 'enqueue', tasks: [{ id: randomUUID(), key, ...task }] });
    return { partition: partitionOfKey(key, QUEUE_PARTITIONS), value };
  });
}

/** To every topic there is: garbage, another version, somebody else's, one that is huge; and hopeless tasks. */
export async function writeToEveryTopic(broker: string): Promise<{ readonly perTopic: number }> {
  const config: KafkaConfig = { clientId: 'somebody', brokers: [broker], logLevel: logLevel.NOTHING };
  const kafka = new Kafka(config);
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  const topics = (await admin.listTopics()).filter(name => name.startsWith('replicante.'));
  // As an operator may who has others on the same brokers; by default they refuse what is so large.
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map(name => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configEntries: [
        { name: 'max.message.bytes', value: String(2 * HUGE_BYTES) },
        ...(name === 'replicante.samples' ? [{ name: 'cleanup.policy', value: 'compact' }] : []),
        { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ...(name.startsWith('replicante.task') ? [{ name: 'retention.ms', value: '-1' }] : []),
      ],
    })),
  });
  const messages = [...nobodys(), { key: 'default:pg', value: 'x'.repeat(HUGE_BYTES) }];
  for (const topic of topics)
    for (const message of messages) await producer.send({ topic, messages: [message] });
  await producer.send({ topic: TASKS, messages: hopelessTasks() });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return { perTopic: messages.length };
}

/** Values where leases and members are, and a key that means nothing. */
export async function writeToConsul(address: string): Promise<void> {
  const keys = [
    'coordinator/leases/partition:3',
    'coordinator/leases/nobody-asks-for-this',
    'coordinator/members/services/not-a-session',
    'somebody/else',
  ];
  for (const key of keys) {
    const answer = await fetch(`http://${address}/v1/kv/replicante/${key}`, {
      method: 'PUT',
      body: 'written by somebody else',
    });
    if (!answer.ok) throw new Error(`Consul refused ${key}: ${answer.status}`);
  }
}

/** As a release would that is newer than this one: an unknown event, and a later version of a known one. */
export async function appendNewerEvents(address: string): Promise<void> {
  const client = EventStoreDBClient.connectionString(`esdb://${address}?tls=false`);
  const metadata = {
    commandId: randomUUID(),
    correlationId: randomUUID(),
    actor: { kind: 'system', component: 'test', verified: true },
    recordedAt: new Date().toISOString(),
  };
  await client.appendToStream(
    'cluster-default:pg',
    ['cluster.PaintedBlue.v1', 'cluster.ConvergenceChanged.v99'].map(type =>
      jsonEvent({ type, data: { ns_id: 'default', cluster_id: 'pg' }, metadata }),
    ),
  );
  await client.dispose();
}
