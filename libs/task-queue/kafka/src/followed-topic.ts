import { within } from '@replicante/kafka-client';
import type { KafkaAdmin } from '@replicante/kafka-client';
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
  readonly #gaps = new Map<number, string>();

  constructor(options: FollowedTopicOptions<V>) {
    this.#options = options;
    this.logs = options.folds.map(fold => new FoldedLog<V>(fold));
    this.#ends = new EndOffsets(options.admin, options.topic, options.timeoutMs);
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

  /**
   * `highWatermark`: where the log ended when these were fetched. Answers from where to read again, when something is
   * missing before them.
   */
  async read(
    partition: number,
    messages: readonly KafkaMessage[],
    highWatermark: number,
  ): Promise<number | undefined> {
    const log = this.logs[partition];
    if (!log) {
      this.#tellOnce(`somebody added partition ${partition}: it is not read`);
      return undefined;
    }
    const first = Number(messages[0]?.offset ?? 0);
    if (highWatermark < log.position) {
      this.#tellOnce('the log is shorter than it was: Kafka lost data, or the topic was made anew');
      log.begin(await this.#lowOf(partition));
    } else if (first > log.position) {
      // What was cut off while this reader was behind is in a snapshot.
      const low = await this.#lowOf(partition);
      if (low > log.position) log.begin(low);
    }
    if (first > log.position) {
      // A record that was jumped over would change all that follows. Missing twice, it is none that anybody is shown.
      const gap = `${log.position} ${first}`;
      const isReal = this.#gaps.get(partition) === gap;
      this.#gaps.set(partition, gap);
      if (!isReal) return log.position;
      log.skipTo(first);
    }
    for (const message of messages)
      for (const verdict of log.add(recordOf(message))) this.#options.onVerdict(verdict);
    this.#arrived();
    return undefined;
  }

  async #lowOf(partition: number): Promise<number> {
    return (await this.#ends.ask()).get(partition)?.low ?? 0;
  }

  skipTo(partition: number, first: number, position: number): void {
    const log = this.logs[partition];
    if (!log || !(first <= log.position)) return;
    log.skipTo(position);
    this.#arrived();
  }

  /**
   * Until all that is in the log now has been read; rejects `UNAVAILABLE`. (kafkajs asks for the end below transactions that
   * are open. Nobody of ours has any; with somebody else's this may miss what was written in the last moment.)
   */
  async readToEnd(): Promise<void> {
    const begun = this.logs.map(log => log.begun);
    const ends = await this.#ends.ask();
    const high = (partition: number): number => ends.get(partition)?.high ?? 0;
    const isThere = (): boolean =>
      this.logs.every(
        (log, partition) =>
          log.position >= high(partition) &&
          (log.isFolding || (log.begun === begun[partition] && this.#goOnWithout(log))),
      );
    if (isThere()) return;
    let stopWaiting = (): void => undefined;
    const there = new Promise<void>(resolve => {
      const waiter = { isThere, resolve };
      this.#waiters.add(waiter);
      stopWaiting = () => this.#waiters.delete(waiter);
    });
    await within(this.#options.timeoutMs, there, 'reading to the end of the log').finally(stopWaiting);
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

const recordOf = ({ offset, timestamp, key, value }: KafkaMessage) => ({
  offset: Number(offset),
  stampMs: Number(timestamp),
  key: key?.toString('utf8') ?? '',
  value,
});
