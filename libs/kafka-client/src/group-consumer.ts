import type { KafkaMessage } from 'kafkajs';
import { ConsumerLife } from './consumer-life.js';
import { pause } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { isPassing, KafkaClientError } from './kafka-fault.js';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `offset`: the next one to read. */
export interface Place extends TopicPartition {
  readonly offset: string;
}

export interface GroupConsumerOptions {
  /** A client of its own for each life of the consumer. */
  readonly open: () => KafkaClient;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** A member silent for so long loses its partitions. Brokers allow 6,000 to 1,800,000 ms by default. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** How long a rebalance waits for members that finish what they have in hand. */
  readonly rebalanceTimeoutMs: number;
  /** An idle fetch comes back after this; what was resumed is asked for by then. */
  readonly maxWaitMs: number;
  readonly requestTimeoutMs: number;
  /** Added partitions are noticed after this. */
  readonly metadataMaxAgeMs: number;
  /**
   * Where to begin with partitions that became this member's. Asked again, after a back-off, when it rejects. `commit`
   * stores places for the group, under the membership that was given these partitions.
   */
  readonly places: (
    partitions: readonly TopicPartition[],
    commit: (places: readonly Place[]) => Promise<void>,
  ) => Promise<readonly Place[]>;
  /** The partitions that are ours from now on, in place of any before; records follow. */
  readonly begin: (places: readonly Place[]) => void;
  readonly received: (from: TopicPartition, messages: readonly KafkaMessage[]) => void;
  /**
   * Begins nothing more, finishes and commits what is in hand. Called before every rejoin, before leaving and after a
   * crash: the partitions may be somebody else's afterwards. No heartbeat is sent meanwhile.
   */
  readonly release: () => Promise<void>;
  /** Faults that it recovers from by itself. */
  readonly onError: (error: unknown) => void;
}

const BACKOFF_MS = { first: 200, most: 5_000 };

/** One member of a group that stays one until it is closed: a kafkajs consumer that crashed is replaced by a new one. */
export class GroupConsumer {
  readonly #stop = new AbortController();
  #life: ConsumerLife | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: GroupConsumerOptions) {}

  start(): void {
    this.#running = this.#run();
  }

  /** False when others may have taken this member for dead, by its own monotonic clock. */
  isSure(): boolean {
    return this.#life?.isSure() ?? false;
  }

  /** One try, under the membership of this moment. Rejects when that is over or the broker does not answer. */
  async commit(places: readonly Place[]): Promise<void> {
    if (this.#life === undefined) throw new KafkaClientError('UNAVAILABLE', 'not a member of the group now');
    await this.#life.commit(places);
  }

  /** No more records of it, until `resume`. Both are without effect between two lives. */
  pause(partition: TopicPartition): void {
    this.#life?.pause([partition]);
  }

  resume(partition: TopicPartition): void {
    this.#life?.resume([partition]);
  }

  /** Finishes what is in hand and leaves the group. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let backoff = BACKOFF_MS.first;
    while (!signal.aborted) {
      const life = new ConsumerLife(this.options);
      this.#life = life;
      const bornAt = performance.now();
      const reason = await life.run(signal);
      this.#life = undefined;
      if (signal.aborted) return;
      if (!isPassing(reason)) this.options.onError(reason);
      if (performance.now() - bornAt > this.options.sessionTimeoutMs) backoff = BACKOFF_MS.first;
      await pause(backoff * (0.75 + Math.random() / 2), signal);
      backoff = Math.min(backoff * 2, BACKOFF_MS.most);
    }
  }
}
