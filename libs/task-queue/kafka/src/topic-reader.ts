import { isPassing, pause, within } from '@replicante/kafka-client';
import type { KafkaClient } from '@replicante/kafka-client';
import type { Consumer, KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';

/** An idle fetch is answered after this; ending a reader waits for it. */
const IDLE_FETCH_MS = 500;
const AGAIN_AFTER_MS = [100, 250, 500, 1_000, 2_000] as const;
const CLOSE_WITHIN_MS = 2_000;
/** A new one needs its time to join; replaced sooner it would never come to read. */
const PATIENCE_MS = 5_000;

export interface TopicReaderOptions {
  readonly open: () => KafkaClient;
  readonly topics: readonly string[];
  /** Of its group: each reader is a group of its own, since kafkajs cannot read without one. Nothing is ever committed. */
  readonly groupPrefix: string;
  /** Answers from where to read again, when it could not use the batch. */
  readonly onBatch: (
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    highWatermark: number,
  ) => Promise<number | undefined>;
  /** From `first` on all before `position` was read, also what is not shown (the end of somebody's transaction). */
  readonly onPosition: (topic: string, partition: number, first: number, position: number) => void;
  /** Where to go on: asked whenever it begins. */
  readonly positions: () => readonly {
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
  }[];
  readonly onError: (error: unknown) => void;
}

interface Session {
  readonly begunAt: number;
  readonly client: KafkaClient;
  readonly consumer: Consumer;
}

/**
 * Reads all partitions of some topics, from the beginning or from where it was. kafkajs' consumers give up after some
 * tries, or crash without a restart: then another one goes on, in a group that nobody has known before.
 */
export class TopicReader {
  readonly #options: TopicReaderOptions;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #failures = 0;

  constructor(options: TopicReaderOptions) {
    this.#options = options;
  }

  /** Resolves once it has been assigned its partitions. */
  start(): Promise<void> {
    return this.#begin();
  }

  /** Gives up the present consumer, which reads nothing or the wrong place, for a new one. */
  restart(): void {
    const session = this.#session;
    if (session && performance.now() - session.begunAt >= PATIENCE_MS) this.#again(session);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const session = this.#session;
    this.#session = undefined;
    if (session) await this.#end(session);
  }

  async #begin(): Promise<void> {
    const { open, topics, groupPrefix, onBatch, onPosition } = this.#options;
    const client = open();
    const consumer = client.kafka.consumer({
      groupId: `${groupPrefix}${randomUUID()}`,
      maxWaitTimeInMs: IDLE_FETCH_MS,
      minBytes: 1,
      allowAutoTopicCreation: false,
      // Somebody's transaction that never ends would stop a reader that waits for its outcome.
      readUncommitted: true,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    const session: Session = { client, consumer, begunAt: performance.now() };
    this.#session = session;
    /** Partitions whose present batch is to be read again. */
    const unused = new Set<string>();
    const isOurs = (): boolean => this.#session === session;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!isOurs()) return;
      if (!isPassing(payload.error)) this.#options.onError(payload.error);
      this.#again(session);
    });
    consumer.on(
      consumer.events.END_BATCH_PROCESS,
      ({ payload: { topic, partition, firstOffset, lastOffset } }) => {
        if (isOurs() && !unused.delete(`${topic} ${partition}`))
          onPosition(topic, partition, Number(firstOffset), Number(lastOffset) + 1);
      },
    );
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { topic, partition, messages, highWatermark } }) => {
          if (!isOurs()) return;
          const again = await onBatch(topic, partition, messages, Number(highWatermark));
          if (again !== undefined) {
            unused.add(`${topic} ${partition}`);
            consumer.seek({ topic, partition, offset: String(again) });
          }
          this.#failures = 0;
        },
      });
    } catch (error) {
      if (isOurs()) this.#again(session);
      throw error;
    }
    if (!isOurs()) return;
    for (const { topic, partition, position } of this.#options.positions())
      if (position > 0) consumer.seek({ topic, partition, offset: String(position) });
  }

  #again(failed: Session): void {
    if (this.#session !== failed || this.#closing.signal.aborted) return;
    this.#session = undefined;
    void this.#end(failed);
    const waitMs = AGAIN_AFTER_MS[Math.min(this.#failures++, AGAIN_AFTER_MS.length - 1)] ?? 0;
    void pause(waitMs, this.#closing.signal).then(async () => {
      if (this.#closing.signal.aborted || this.#session) return;
      // A failure has begun the next try by then.
      await this.#begin().catch(this.#options.onError);
    });
  }

  /** Says good-bye if it can; either way nothing of it is left. */
  async #end({ client, consumer }: Session): Promise<void> {
    try {
      await within(CLOSE_WITHIN_MS, consumer.disconnect(), 'leaving');
    } catch (error) {
      // Its group is its own and ends by itself.
      if (!this.#closing.signal.aborted && !isPassing(error)) this.#options.onError(error);
    } finally {
      client.sever();
    }
  }
}
