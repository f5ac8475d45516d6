import { within } from '@replicante/kafka-client';
import type { KafkaAdmin, KafkaClient } from '@replicante/kafka-client';
import { TaskQueueError } from '@replicante/task-queue';
import type { Wake } from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import { Calls } from './calls.js';
import { FollowedTopic } from './followed-topic.js';
import type { LogWriter } from './log-writer.js';
import { Membership, writtenMember } from './membership.js';
import type { MemberRecord, MemberVerdict } from './membership.js';
import { asTaskQueueError } from './queue-fault.js';
import { QueuePartition } from './queue-partition.js';
import type { QueueVerdict } from './queue-partition.js';
import { TopicReader } from './topic-reader.js';

export interface QueueTopics {
  readonly tasks: string;
  readonly members: string;
}

export interface QueueLogOptions {
  readonly topics: QueueTopics;
  readonly partitions: number;
  readonly open: () => KafkaClient;
  readonly admin: KafkaAdmin;
  readonly writer: LogWriter;
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/** The only partition of the members' topic. */
const MEMBERS = 0;

/**
 * The queue as this process has read it: both topics, folded. Whoever needs the present state waits until the end of the
 * log as it was when he asked has been read; whoever wrote something waits until he has read the verdict on it.
 */
export class QueueLog {
  readonly partitions: readonly QueuePartition[];
  readonly membership = new Membership();
  readonly #options: QueueLogOptions;
  readonly #taskCalls = new Calls<QueueVerdict>();
  readonly #memberCalls = new Calls<MemberVerdict>();
  readonly #tasks: FollowedTopic<QueueVerdict>;
  readonly #members: FollowedTopic<MemberVerdict>;
  readonly #reader: TopicReader;
  readonly #wakes = new Set<(what: Wake) => void>();
  /** By partition, on this process' monotonic clock. */
  readonly #readAt: number[];
  #following: Promise<void> | undefined;
  #isReading = false;
  #aheadMs: number | undefined;
  #lastReadAt = 0;

  constructor(options: QueueLogOptions) {
    this.#options = options;
    const { topics, partitions, admin, open, timeoutMs, onError } = options;
    this.partitions = Array.from(
      { length: partitions },
      (_, partition) => new QueuePartition(partition, partitions),
    );
    this.#readAt = this.partitions.map(() => 0);
    const onOddity = (message: string): void => {
      onError(new TaskQueueError('TASK_INVALID', message));
    };
    this.#tasks = new FollowedTopic({
      topic: topics.tasks,
      folds: this.partitions,
      admin,
      timeoutMs,
      onOddity,
      onVerdict: verdict => {
        this.#taskCalls.settle(verdict);
      },
    });
    this.#members = new FollowedTopic({
      topic: topics.members,
      folds: [this.membership],
      admin,
      timeoutMs,
      onOddity,
      onVerdict: verdict => {
        this.#memberCalls.settle(verdict);
      },
    });
    this.#reader = new TopicReader({
      open,
      topics: [topics.tasks, topics.members],
      groupPrefix: `${topics.tasks}.reader-`,
      onBatch: async (topic, partition, messages, highWatermark) => {
        const followed = topic === topics.tasks ? this.#tasks : this.#members;
        const { moves } = this.membership;
        const again = await followed.read(partition, messages, highWatermark);
        this.#lastReadAt = performance.now();
        if (topic === topics.tasks) this.#afterTasks(partition);
        else if (this.membership.moves !== moves) this.#wake('partitions');
        return again;
      },
      onPosition: (topic, partition, first, position) => {
        (topic === topics.tasks ? this.#tasks : this.#members).skipTo(partition, first, position);
      },
      positions: () => [...this.#members.positions(), ...this.#tasks.positions()],
      onError,
    });
  }

  /** Reads along from now on. Begun by the first who needs it: who only enqueues reads nothing. */
  follow(): Promise<void> {
    this.#following ??= this.#follow().catch((error: unknown) => {
      this.#following = undefined;
      throw asTaskQueueError(error);
    });
    return this.#following;
  }

  /** Until all that was in the log when this was called is in the folds. */
  async catchUp(): Promise<void> {
    await this.follow();
    await this.#readToEnd(this.#tasks);
  }

  /** "Now" by the partition's own clock; never ahead of it unless the broker's was set back meanwhile. */
  nowOf(partition: QueuePartition): number {
    const now = performance.now();
    const { nowMs, stampMs } = partition.clock;
    const sinceRead = now - (this.#readAt[partition.partition] ?? now);
    const sinceStamp = this.#aheadMs === undefined ? 0 : now + this.#aheadMs - stampMs;
    return nowMs + Math.max(0, nowMs === 0 ? 0 : sinceRead, nowMs === 0 ? 0 : sinceStamp);
  }

  /** What is to be read beyond the last snapshot, and what a new one would say: of a partition, or of the members. */
  snapshotOf(which: number | 'members'): Snapshot | undefined {
    const [log, fold] =
      which === 'members'
        ? [this.#members.logs[MEMBERS], this.membership]
        : [this.#tasks.logs[which], this.partitions[which]];
    if (!log?.isFolding || !fold) return undefined;
    return { tail: log.tail, at: log.position, state: () => fold.written() };
  }

  /** Writes a record to the members' topic and answers what the log said to it. */
  async tell(record: (call: string) => MemberRecord): Promise<MemberVerdict> {
    await this.follow();
    return this.#tell(record);
  }

  /** Writes, and waits for the verdict on what was written. `late`: who gave up hears of it if it comes nevertheless. */
  async ask(
    call: string,
    write: () => Promise<void>,
    late?: (verdict: QueueVerdict) => void,
  ): Promise<QueueVerdict> {
    return this.#ask(this.#taskCalls, call, write, late);
  }

  /** Called when something could run that could not before, or partitions may move. Answers how to stop listening. */
  onWake(wake: (what: Wake) => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  async #follow(): Promise<void> {
    if (!this.#isReading) {
      // Before the ends are asked for: a cut that is seen has its snapshot before an end that is asked for later.
      await Promise.all([this.#tasks.begin(), this.#members.begin()]);
      this.#isReading = true;
      await within(this.#options.timeoutMs, this.#reader.start(), 'beginning to read');
    }
    await this.#readToEnd(this.#members);
    await this.#readToEnd(this.#tasks);
    const { partitions } = this.#options;
    const tick = await this.#tell(call => ({ type: 'tick', call, partitions }));
    if (tick.partitions !== partitions)
      throw new TaskQueueError(
        'PARTITIONS_FIXED',
        `${this.#options.topics.tasks} has ${partitions} partitions, and the queue was made with ` +
          `${tick.partitions}: tasks of one key would lie in two. Use another topic prefix, or delete both topics`,
      );
  }

  async #tell(record: (call: string) => MemberRecord): Promise<MemberVerdict> {
    const call = randomUUID();
    const { writer, topics } = this.#options;
    const verdict = await this.#ask(this.#memberCalls, call, () =>
      writer.append([{ topic: topics.members, partition: MEMBERS, value: writtenMember(record(call)) }]),
    );
    this.#aheadMs = this.membership.stampMs - performance.now();
    return verdict;
  }

  async #ask<V extends { readonly call: string }>(
    calls: Calls<V>,
    call: string,
    write: () => Promise<void>,
    late?: (verdict: V) => void,
  ): Promise<V> {
    const verdict = calls.expect(call);
    try {
      await write();
      return await this.#orStalled(within(this.#options.timeoutMs, verdict, 'reading what was written'));
    } catch (error) {
      calls.giveUp(call, late);
      throw asTaskQueueError(error);
    }
  }

  async #readToEnd(topic: FollowedTopic<QueueVerdict> | FollowedTopic<MemberVerdict>): Promise<void> {
    try {
      await this.#orStalled(topic.readToEnd());
    } catch (error) {
      throw asTaskQueueError(error);
    }
  }

  /** The log has it and this process has not read it in time: unless something comes, its reader is stuck. */
  async #orStalled<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (performance.now() - this.#lastReadAt >= this.#options.timeoutMs) this.#reader.restart();
      throw error;
    }
  }

  #afterTasks(partition: number): void {
    this.#readAt[partition] = performance.now();
    const fold = this.partitions[partition];
    if (fold?.isWorthTelling())
      this.#options.onError(
        new TaskQueueError(
          'TASK_INVALID',
          `${this.#options.topics.tasks}: messages in partition ${partition} are no tasks: they are dead letters now`,
        ),
      );
    if (fold?.becameReady()) this.#wake('tasks');
  }

  #wake(what: Wake): void {
    for (const wake of [...this.#wakes]) wake(what);
  }
}

export interface Snapshot {
  readonly tail: { readonly records: number; readonly bytes: number };
  readonly at: number;
  readonly state: () => unknown;
}
