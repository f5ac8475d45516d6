import { within } from '@replicante/kafka-client';
import type { KafkaClient } from '@replicante/kafka-client';
import { TaskQueueError } from '@replicante/task-queue';
import { Partitioners } from 'kafkajs';
import type { Producer, TopicMessages } from 'kafkajs';
import { asTaskQueueError } from './queue-fault.js';

export interface Outgoing {
  readonly topic: string;
  readonly partition: number;
  readonly value: string;
}

interface Session {
  readonly client: KafkaClient;
  readonly producer: Promise<Producer>;
}

/**
 * Appends, with acks from all in-sync replicas. Not idempotent, and with several sends on their way: a record that stands
 * in the log twice, or after a later one, changes nothing that the fold would not allow.
 */
export class LogWriter {
  #session: Session | undefined;
  #isClosed = false;

  constructor(private readonly parts: { readonly open: () => KafkaClient; readonly timeoutMs: number }) {}

  /** Resolves when all of it is in the log; what was not acknowledged in time may be, or not. */
  async append(records: readonly Outgoing[]): Promise<void> {
    if (records.length === 0) return;
    if (this.#isClosed)
      throw new TaskQueueError('QUEUE_UNAVAILABLE', 'this client of the task queue is closed');
    this.#session ??= this.#open();
    const session = this.#session;
    try {
      const sent = session.producer.then(producer =>
        producer.sendBatch({ acks: -1, timeout: this.parts.timeoutMs, topicMessages: byTopic(records) }),
      );
      await within(this.parts.timeoutMs, sent, 'an append');
    } catch (error) {
      // kafkajs would go on trying, and write it long after its caller was told that it failed.
      if (this.#session === session) this.#session = undefined;
      session.client.sever();
      throw asTaskQueueError(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    const session = this.#session;
    this.#session = undefined;
    session?.client.sever();
  }

  #open(): Session {
    const client = this.parts.open();
    const producer = client.kafka.producer({
      // Every record names its partition; named nevertheless, since kafkajs' own default has changed once.
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: false,
    });
    return { client, producer: producer.connect().then(() => producer) };
  }
}

function byTopic(records: readonly Outgoing[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, partition, value } of records) {
    const ofTopic = topics.get(topic) ?? { topic, messages: [] };
    topics.set(topic, ofTopic);
    ofTopic.messages.push({ partition, key: null, value });
  }
  return [...topics.values()];
}
