import type { Answer, Beat, ConsumerBackend, ResolvedSettings, Task, Wake } from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import type { LogCompactor } from './log-compactor.js';
import type { LogWriter, Outgoing } from './log-writer.js';
import { writtenMember } from './membership.js';
import type { MemberRecord } from './membership.js';
import type { QueueLog, QueueTopics } from './queue-log.js';
import type { QueueVerdict, Row } from './queue-partition.js';
import { written } from './queue-record.js';
import type { Delivery, QueueRecord } from './queue-record.js';

export interface KafkaConsumerBackendOptions {
  readonly name: string;
  readonly settings: ResolvedSettings;
  readonly topics: QueueTopics;
  readonly log: QueueLog;
  readonly writer: LogWriter;
  readonly compactor: LogCompactor;
  readonly onError: (error: unknown) => void;
}

const MAX_SWEEP = 1_000;
const MAX_DELIVERED = 100_000;

type TakeRecord = QueueRecord & { readonly type: 'take' };

interface Ask {
  readonly partition: number;
  readonly rows: readonly Row[];
  readonly record: TakeRecord;
}

/** A task that comes again is another delivery. */
const deliveryOf = ({ id, attempt }: Delivery): string => `${id}/${attempt}`;

/** One consumer's side: it chooses by the fold what to ask for, and does what the log's verdict says. */
export class KafkaConsumerBackend implements ConsumerBackend {
  readonly #id = randomUUID();
  readonly #options: KafkaConsumerBackendOptions;
  /** Deliveries that this consumer has not answered, with their partition. */
  readonly #delivered = new Map<string, number>();
  #claimed = new Map<number, number>();

  constructor(options: KafkaConsumerBackendOptions) {
    this.#options = options;
  }

  async beat(avoid: readonly number[]): Promise<Beat> {
    const { log, name, settings, compactor } = this.#options;
    const { partitions } = log;
    const { beat } = await log.tell(call => ({
      type: 'beat',
      call,
      consumer: this.#id,
      name,
      partitions: partitions.length,
      ttlMs: settings.consumerTtlMs,
      avoid,
    }));
    await this.#claim(beat);
    await this.#sweep(beat);
    for (const { partition } of beat.assignments) compactor.keepShort(partition);
    // Somebody has to, and the first partition has one owner.
    if (beat.assignments.some(({ partition }) => partition === 0)) compactor.keepShort('members');
    return beat;
  }

  async giveBack(partition: number): Promise<void> {
    await this.#tellMembers({ type: 'give-back', consumer: this.#id, partition });
  }

  async take(partitions: readonly number[], limit: number): Promise<readonly Task[]> {
    const asks = [...this.#pick(partitions, limit)].map(([partition, rows]) => this.#ask(partition, rows));
    if (asks.length === 0) return [];
    // One send for all partitions; each has its own verdict.
    const sent = this.#append(asks.map(({ partition, record }) => [partition, record]));
    const answers = await Promise.allSettled(asks.map(ask => this.#taken(ask, sent)));
    const failed = answers.flatMap(answer =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    const taken = answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []));
    if (failed.length > 0 && taken.length === 0) throw failed[0];
    for (const error of failed) this.#options.onError(error);
    return taken;
  }

  async settle(answers: readonly Answer[]): Promise<void> {
    const { settings } = this.#options;
    const byPartition = new Map<number, Answer[]>();
    for (const answer of answers) {
      const partition = this.#delivered.get(deliveryOf(answer));
      if (partition === undefined) continue;
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), answer]);
    }
    await this.#append(
      [...byPartition].map(([partition, ofPartition]) => [
        partition,
        {
          type: 'settle',
          consumer: this.#id,
          maxAttempts: settings.maxAttempts,
          answers: ofPartition,
        },
      ]),
    );
    for (const answer of answers) this.#delivered.delete(deliveryOf(answer));
  }

  async extend(id: string, attempt: number): Promise<boolean> {
    const { log, settings } = this.#options;
    const partition = this.#delivered.get(deliveryOf({ id, attempt }));
    if (partition === undefined) return false;
    const call = randomUUID();
    const { visibilityMs } = settings;
    const verdict = await log.ask(call, () =>
      this.#append([[partition, { type: 'extend', consumer: this.#id, call, id, attempt, visibilityMs }]]),
    );
    return 'accepted' in verdict && verdict.accepted;
  }

  async leave(): Promise<void> {
    await this.#tellMembers({ type: 'leave', consumer: this.#id });
  }

  onWake(wake: (what: Wake) => void): () => void {
    return this.#options.log.onWake(wake);
  }

  /** The oldest first, whatever its partition: always beginning with the same one would starve the last. */
  #pick(partitions: readonly number[], limit: number): ReadonlyMap<number, Row[]> {
    const { log } = this.#options;
    const mine = partitions.flatMap(partition => {
      const fold = log.partitions[partition];
      return fold && log.membership.ownerOf(partition)?.consumer === this.#id
        ? [{ fold, nowMs: log.nowOf(fold), waitedMs: -1 }]
        : [];
    });
    const look = (each: (typeof mine)[number]): void => {
      const row = each.fold.peek(each.nowMs);
      each.waitedMs = row ? each.nowMs - row.notBeforeMs : -1;
    };
    for (const each of mine) look(each);
    const picked = new Map<number, Row[]>();
    const seen = new Set<Row>();
    while (seen.size < limit) {
      let oldest: (typeof mine)[number] | undefined;
      for (const each of mine)
        if (each.waitedMs >= 0 && each.waitedMs > (oldest?.waitedMs ?? -1)) oldest = each;
      const row = oldest?.fold.peek(oldest.nowMs);
      if (!oldest || !row) break;
      oldest.fold.pick();
      look(oldest);
      if (seen.has(row)) continue;
      seen.add(row);
      const rows = picked.get(oldest.fold.partition) ?? [];
      rows.push(row);
      picked.set(oldest.fold.partition, rows);
    }
    return picked;
  }

  #ask(partition: number, rows: readonly Row[]): Ask {
    const { log, settings } = this.#options;
    const record: TakeRecord = {
      type: 'take',
      grant: log.membership.ownerOf(partition)?.grant ?? 0,
      consumer: this.#id,
      call: randomUUID(),
      ids: rows.map(({ id }) => id),
      visibilityMs: settings.visibilityMs,
    };
    return { partition, rows, record };
  }

  async #taken({ partition, rows, record }: Ask, sent: Promise<void>): Promise<readonly Task[]> {
    const { log } = this.#options;
    try {
      const verdict = await log.ask(
        record.call,
        () => sent,
        late => {
          this.#release(late);
        },
      );
      const taken = 'taken' in verdict ? verdict.taken : [];
      this.#remember(taken);
      // A handler may change what it was given; the fold's own must stay as the log has it.
      return taken.map(task => ({ ...task, payload: structuredClone(task.payload) }));
    } finally {
      for (const row of rows) log.partitions[partition]?.putBack(row);
    }
  }

  #remember(taken: readonly Task[]): void {
    for (const task of taken) this.#delivered.set(deliveryOf(task), task.partition);
    // Left behind by answers that were worth nothing any more.
    for (const oldest of this.#delivered.keys()) {
      if (this.#delivered.size <= MAX_DELIVERED) break;
      this.#delivered.delete(oldest);
    }
  }

  /** Taken after all, when the engine had given up on it: nobody works on it. */
  #release(verdict: QueueVerdict): void {
    if (!('taken' in verdict) || verdict.taken.length === 0) return;
    this.#remember(verdict.taken);
    const answers = verdict.taken.map(({ id, attempt }): Answer => ({
      id,
      attempt,
      outcome: 'released',
      reason: 'RELEASED',
      backoffMs: 0,
    }));
    this.settle(answers).catch(this.#options.onError);
  }

  /** Says in the partition's own log that it has a new owner: what the one before still asks for is refused. */
  async #claim({ assignments }: Beat): Promise<void> {
    const news = assignments.filter(({ partition, grant }) => this.#claimed.get(partition) !== grant);
    await this.#append(news.map(({ partition, grant }) => [partition, { type: 'claim', grant }]));
    this.#claimed = new Map(assignments.map(({ partition, grant }) => [partition, grant]));
  }

  async #sweep({ assignments }: Beat): Promise<void> {
    const { log, settings } = this.#options;
    const { maxAttempts } = settings;
    await this.#append(
      assignments.flatMap(({ partition }): [number, QueueRecord][] => {
        const fold = log.partitions[partition];
        if (!fold) return [];
        const now = log.nowOf(fold);
        const silent = fold
          .silent(now)
          .slice(0, MAX_SWEEP)
          .map(({ id, attempt }) => ({ id, attempt }));
        const expired = fold.expired(now).slice(0, MAX_SWEEP);
        if (silent.length + expired.length === 0) return [];
        return [[partition, { type: 'sweep', maxAttempts, silent, expired }]];
      }),
    );
  }

  async #append(records: readonly (readonly [partition: number, record: QueueRecord])[]): Promise<void> {
    const { topics, writer } = this.#options;
    await writer.append(
      records.map(([partition, record]): Outgoing => {
        return { topic: topics.tasks, partition, value: written(record) };
      }),
    );
  }

  async #tellMembers(record: MemberRecord): Promise<void> {
    const { topics, writer } = this.#options;
    await writer.append([{ topic: topics.members, partition: 0, value: writtenMember(record) }]);
  }
}
