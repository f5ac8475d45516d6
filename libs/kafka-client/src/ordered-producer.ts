import { CompressionTypes, Partitioners, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { within } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { faultOf, KafkaClientError } from './kafka-fault.js';
import { SendQueue, type Chunk, type OutgoingRecord, type Sending } from './send-queue.js';

export type { OutgoingRecord } from './send-queue.js';

export interface OrderedProducerOptions {
  readonly open: () => KafkaClient;
  /** A send that is not acknowledged by then is given up; one that waited behind it, after as long again. */
  readonly timeoutMs: number;
  /** The partitions that the topic had when they were chosen: sending to one that has others by now is refused. */
  readonly expectedPartitions?: (topic: string) => number | undefined;
  /** Added partitions are noticed after this. */
  readonly metadataMaxAgeMs: number;
}

interface Session {
  readonly client: KafkaClient;
  readonly producer: Promise<Producer>;
}

/**
 * Sends in the order of the calls, one request at a time, as much of what waits as fits into it. Resolves when all in-sync
 * replicas have the records; a rejected send may or may not have been written.
 *
 * One at a time, and a new producer after each failure, because of how kafkajs numbers batches: a failed one's numbers are
 * taken back before it is known whether it was written. Another batch sent then gets the same numbers, the broker takes it
 * for the repeat of what it has, and acknowledges what it did not write.
 */
export class OrderedProducer {
  readonly #queue = new SendQueue();
  #session: Session | undefined;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly options: OrderedProducerOptions) {}

  send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new KafkaClientError('UNAVAILABLE', 'the producer is closed'));
    if (records.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const sending: Sending = {
        deadline: performance.now() + this.options.timeoutMs,
        failed: false,
        resolve,
        reject: (error = new KafkaClientError('UNAVAILABLE', 'not sent in time')) => {
          sending.failed = true;
          reject(error);
        },
      };
      this.#queue.add(sending, records);
      this.#draining ??= this.#drain();
    });
  }

  /** Sends what waits, then ends. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    const session = this.#session;
    if (session !== undefined) this.#giveUp(session);
  }

  async #drain(): Promise<void> {
    for (;;) {
      // A turn for those who call together: their records travel together.
      await Promise.resolve();
      const chunks = this.#queue.take(performance.now());
      if (chunks.length === 0) {
        // At once: a send that comes after this has to begin anew.
        this.#draining = undefined;
        return;
      }
      await this.#deliver(chunks);
    }
  }

  async #deliver(chunks: readonly Chunk[]): Promise<void> {
    try {
      await this.#send(chunks);
      for (const { sending, last } of chunks) if (last) sending.resolve();
    } catch (error) {
      // One record that the broker will never take must not fail those that only travel with it.
      if (chunks.length > 1 && faultOf(error) !== 'UNAVAILABLE')
        for (const chunk of chunks) {
          if (!chunk.sending.failed) await this.#deliver([chunk]);
        }
      else for (const { sending } of chunks) sending.reject(asError(error));
    }
  }

  async #send(chunks: readonly Chunk[]): Promise<void> {
    const { timeoutMs } = this.options;
    this.#session ??= this.#open();
    const session = this.#session;
    const topicMessages = messagesOf(chunks);
    try {
      const send = session.producer.then(producer =>
        producer.sendBatch({
          acks: -1,
          timeout: timeoutMs,
          compression: CompressionTypes.None,
          topicMessages,
        }),
      );
      const acknowledged = await within(timeoutMs, send, 'Kafka');
      const places = new Set(acknowledged.map(({ topicName, partition }) => `${topicName}/${partition}`));
      // A partition whose leader moves while kafkajs retries can be left out of what is sent again (sendMessages.js).
      for (const { records } of chunks)
        for (const { topic, partition } of records)
          if (!places.has(`${topic}/${partition}`))
            throw new KafkaClientError('UNAVAILABLE', `no acknowledgement of ${topic}/${partition}`);
    } catch (error) {
      this.#giveUp(session);
      throw error;
    }
  }

  #open(): Session {
    const client = this.options.open();
    const producer = client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: this.options.metadataMaxAgeMs,
      createPartitioner: () => this.#partitioner(),
    });
    return { client, producer: producer.connect().then(() => producer) };
  }

  #giveUp(session: Session): void {
    if (this.#session === session) this.#session = undefined;
    session.client.sever();
  }

  /** Keeps to the chosen partition, unless the topic is no longer the one for which it was chosen. */
  #partitioner(): ReturnType<typeof Partitioners.DefaultPartitioner> {
    const choose = Partitioners.DefaultPartitioner();
    return asked => {
      const { topic, partitionMetadata } = asked;
      const expected = this.options.expectedPartitions?.(topic);
      if (expected !== undefined && partitionMetadata.length !== expected)
        throw new KafkaClientError(
          'TOPIC_CHANGED',
          `${topic} has ${partitionMetadata.length} partitions and had ${expected}: its keys would lose their order`,
        );
      return choose(asked);
    };
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new KafkaClientError('UNAVAILABLE', String(error));

function messagesOf(chunks: readonly Chunk[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { records } of chunks)
    for (const { topic, key, value, headers, partition } of records) {
      let messages = byTopic.get(topic);
      if (messages === undefined) byTopic.set(topic, (messages = []));
      messages.push({ key, value, partition, ...(headers !== undefined && { headers }) });
    }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}
