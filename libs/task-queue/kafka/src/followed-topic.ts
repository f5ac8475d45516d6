import { within } from '@replicante/kafka-client';
import type { KafkaAdmin } from '@replicante/kafka-client';
import { TaskQueueError } from '@replicante/task-queue';
import type { KafkaMessage } from 'kafkajs';
import { EndOffsets } from './end-offsets.js';
import { FoldedLog } from './folded-log.js';
import type { Fold } from './folded-log.js';

interface Waiter {
  readonly isThere: () => boolean;
  readonly resolve: () => void;
}

export interface FollowedTopicOptions<V> {
  readonly topic: string;
  /** One for each partition. */
  readonly folds: readonly Fold<V>[];
  readonly admin: KafkaAdmin;
  readonly timeoutMs: number;
  readonly onVerdict: (verdict: V) => void;
  /** Something that people must know; each kind is told once. */
  readonly onOddity: (message: string) => void;
}

/** One topic as it is read along: where it stands in each partition, and who waits for it to get somewhere. */
export class FollowedTopic<V> {
  readonly logs: readonly FoldedLog<V>[];
  readonly #options: FollowedTopicOptions<V>;
  readonly #ends: EndOffsets;
  readonly #waiters = new Set<Waiter>();
  readonly #told = new Set<string>();

  constructor(options: FollowedTopicOptions<V>) {
    this.#options = options;
    this.logs = options.folds.map(fold => new FoldedLog<V>(fold));
    this.#ends = new EndOffsets(options.admin, options.topic);
  }

  /** From the first record that is still there. */
  async begin(): Promise<void> {
    const ends = await this.#ends.ask();
    for (const [partition, log] of this.logs.entries()) log.begin(ends.get(partition)?.low ?? 0);
  }

  positions(): { readonly topic: string; readonly partition: number; readonly position: number }[] {
    const { topic } = this.#options;
    return this.logs.map(({ position }, partition) => ({ topic, partition, position }));
  }

  async read(partition: number, messages: readonly KafkaMessage[]): Promise<void> {
    const log = this.logs[partition];
    if (!log) {
      this.#tellOnce(`somebody added partition ${partition}: it is not read`);
      return;
    }
    const first = Number(messages[0]?.offset ?? 0);
    // What was cut off while this reader was behind is in a snapshot; other gaps are records that nobody is shown.
    if (first > log.position) {
      const low = (await this.#ends.ask()).get(partition)?.low ?? 0;
      if (low > log.position) log.begin(low);
      else log.skipTo(first);
    }
    for (const message of messages)
      for (const verdict of log.add(recordOf(message))) this.#options.onVerdict(verdict);
    this.#arrived();
  }

  skipTo(partition: number, position: number): void {
    this.logs[partition]?.skipTo(position);
    this.#arrived();
  }

  /**
   * Until all that is in the log now has been read. Answers false when the log is shorter than what was read of it: Kafka
   * lost data, or the topic was made anew. Rejects `UNAVAILABLE`.
   */
  async readToEnd(): Promise<boolean> {
    const begun = this.logs.map(log => log.begun);
    const ends = await this.#ends.ask();
    const high = (partition: number): number => ends.get(partition)?.high ?? 0;
    // A record that came just after the answer lies beyond it: only a second answer tells that the log is shorter.
    if (this.#isBeyond(begun, high) && (await this.#isShorter())) return false;
    const isThere = (): boolean =>
      this.logs.every(
        (log, partition) =>
          log.position >= high(partition) &&
          (log.isFolding || (log.begun === begun[partition] && this.#goOnWithout(log))),
      );
    if (isThere()) return true;
    let stopWaiting = (): void => undefined;
    const there = new Promise<void>(resolve => {
      const waiter = { isThere, resolve };
      this.#waiters.add(waiter);
      stopWaiting = () => this.#waiters.delete(waiter);
    });
    await within(this.#options.timeoutMs, there, 'reading to the end of the log').finally(stopWaiting);
    return true;
  }

  #isBeyond(begun: readonly number[], high: (partition: number) => number): boolean {
    return this.logs.some((log, at) => log.begun === begun[at] && log.position > high(at));
  }

  async #isShorter(): Promise<boolean> {
    const read = this.logs.map(({ begun, position }) => ({ begun, position }));
    const ends = await this.#ends.ask();
    return read.some(
      ({ begun, position }, at) => this.logs[at]?.begun === begun && position > (ends.get(at)?.high ?? 0),
    );
  }

  /** At the end of a log whose beginning is gone, and no snapshot came. */
  #goOnWithout(log: FoldedLog<V>): boolean {
    this.#tellOnce('somebody cut the log: tasks, dead letters and counts from before are lost');
    for (const verdict of log.goOnWithout()) this.#options.onVerdict(verdict);
    return true;
  }

  #tellOnce(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#options.onOddity(`${this.#options.topic}: ${message}`);
  }

  #arrived(): void {
    for (const { isThere, resolve } of [...this.#waiters]) if (isThere()) resolve();
  }
}

/** Of a read that found the log shorter than it was. */
export const shorterLog = (topic: string): TaskQueueError =>
  new TaskQueueError('QUEUE_UNAVAILABLE', `${topic} is shorter than it was: it is read from its beginning`);

const recordOf = ({ offset, timestamp, key, value }: KafkaMessage) => ({
  offset: Number(offset),
  stampMs: Number(timestamp),
  key: key?.toString('utf8') ?? '',
  value,
});
