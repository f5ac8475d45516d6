import { partitionOfKey } from '@replicante/kernel';
import type { Answer, EndReason, QueueStatistics, Task } from '@replicante/task-queue';
import { DeadLetterBox, UNREADABLE } from './dead-letter-box.js';
import type { WrittenLetters } from './dead-letter-box.js';
import { DueHeap } from './due-heap.js';
import type { Fold, LogRecord } from './folded-log.js';
import { LogClock } from './log-clock.js';
import { asQueueRecord } from './queue-record.js';
import type { Delivery, EnqueuedTask, QueueRecord, Unreadable } from './queue-record.js';

export type QueueVerdict =
  | { readonly call: string; readonly consumer: string; readonly taken: readonly Task[] }
  | { readonly call: string; readonly accepted: boolean };

export interface Row extends EnqueuedTask {
  attempt: number;
  notBeforeMs: number;
  readonly expiresAtMs: number | null;
  /** While it runs. */
  consumer?: string;
  visibleUntilMs?: number;
}

type Counts = Record<EndReason, number>;
const MAX_SHOWN = 64 * 1024;

/**
 * One partition of the queue: what its log says, and nothing else. Every client that reads the log to the same place comes
 * to the same state, whoever wrote what, in whatever order it arrived and however often: a record only asks, and is judged
 * by the state and the broker's time at its place in the log. Hence one running task per key, ends that are counted once,
 * and an owner from before that changes nothing.
 */
export class QueuePartition implements Fold<QueueVerdict> {
  readonly #clock = new LogClock();
  readonly #due = new DueHeap<Row>();
  readonly #letters: DeadLetterBox;
  #byId = new Map<string, Row>();
  #waiting = new Map<string, Row>();
  #running = new Map<string, Row>();
  #enqueued = 0;
  #ended: Counts = noneEnded();
  #fence = 0;
  #unreadable = 0;
  #isTold = false;
  #becameReady = false;

  constructor(
    readonly partition: number,
    readonly partitions: number,
  ) {
    this.#letters = new DeadLetterBox(partition);
  }

  get clock(): Pick<LogClock, 'nowMs' | 'stampMs'> {
    return this.#clock;
  }

  get letters(): Pick<DeadLetterBox, 'all' | 'size'> {
    return this.#letters;
  }

  /** Messages that were no task or step of ours, since this reader began. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** True once, after the first of them. */
  isWorthTelling(): boolean {
    const is = this.#unreadable > 0 && !this.#isTold;
    this.#isTold ||= is;
    return is;
  }

  apply(value: unknown, record: LogRecord): QueueVerdict | undefined {
    this.#clock.advanceTo(record.stampMs);
    const step = asQueueRecord(value);
    switch (step.type) {
      case 'unreadable':
        this.#buryUnreadable(step, record, 0);
        return undefined;
      case 'enqueue':
        for (const [index, task] of step.tasks.entries()) this.#enqueueRead(task, record, index);
        return undefined;
      case 'claim':
        this.#fence = Math.max(this.#fence, step.grant);
        return undefined;
      case 'take':
        return { call: step.call, consumer: step.consumer, taken: this.#take(step) };
      case 'settle':
        for (const answer of step.answers) {
          const row = this.#delivered(answer);
          if (row?.consumer === step.consumer) this.#settle(row, answer, step.maxAttempts);
        }
        return undefined;
      case 'extend': {
        const row = this.#delivered(step);
        const accepted = row?.consumer === step.consumer;
        if (row && accepted) row.visibleUntilMs = this.#clock.nowMs + step.visibilityMs;
        return { call: step.call, accepted };
      }
      case 'sweep':
        this.#sweep(step);
        return undefined;
      case 'requeue': {
        const task = this.#letters.takeOut(step.letter);
        if (task) this.#enqueue(task);
        return { call: step.call, accepted: task !== undefined };
      }
    }
  }

  /** The oldest that could run now; what is picked is not picked again until it is put back. */
  peek(nowMs: number): Row | undefined {
    const isWanted = (row: Row, atMs: number): boolean =>
      this.#isReady(row) && row.notBeforeMs === atMs && !isExpired(row, nowMs);
    const first = this.#due.peek(isWanted);
    return first && first.atMs <= nowMs ? first.item : undefined;
  }

  pick(): void {
    this.#due.pop();
  }

  putBack(row: Row): void {
    if (this.#isReady(row)) this.#push(row);
  }

  /** True once after something came that could run. */
  becameReady(): boolean {
    const became = this.#becameReady;
    this.#becameReady = false;
    return became;
  }

  silent(nowMs: number): readonly Delivery[] {
    return [...this.#running.values()].filter(({ visibleUntilMs = 0 }) => visibleUntilMs <= nowMs);
  }

  expired(nowMs: number): readonly string[] {
    return [...this.#waiting.values()].filter(row => isExpired(row, nowMs)).map(({ id }) => id);
  }

  statistics(nowMs: number): QueueStatistics {
    let oldestMs = 0;
    for (const row of this.#waiting.values())
      if (!this.#running.has(row.key) && !isExpired(row, nowMs))
        oldestMs = Math.max(oldestMs, nowMs - row.notBeforeMs);
    return {
      enqueued: this.#enqueued,
      depth: this.#waiting.size + this.#running.size,
      oldestReadyAgeMs: oldestMs,
      running: this.#running.size,
      deadLetters: this.#letters.size,
      ended: { ...this.#ended },
    };
  }

  reset(): void {
    this.restore({
      clock: [0, 0],
      rows: [],
      enqueued: 0,
      ended: noneEnded(),
      fence: 0,
      letters: { number: 0, letters: [] },
    });
  }

  written(): WrittenPartition {
    return {
      clock: this.#clock.written(),
      rows: [...this.#waiting.values(), ...this.#running.values()],
      enqueued: this.#enqueued,
      ended: this.#ended,
      fence: this.#fence,
      letters: this.#letters.written(),
    };
  }

  restore(state: WrittenPartition): void {
    this.#clock.restore(state.clock);
    this.#byId = new Map(state.rows.map(row => [row.id, row]));
    this.#running = new Map(state.rows.filter(isRunning).map(row => [row.key, row]));
    this.#waiting = new Map(state.rows.filter(row => !isRunning(row)).map(row => [row.key, row]));
    this.#enqueued = state.enqueued;
    this.#ended = { ...state.ended };
    this.#fence = state.fence;
    this.#letters.restore(state.letters);
    this.#indexDue();
    this.#becameReady = true;
  }

  #enqueueRead(task: EnqueuedTask | Unreadable, record: LogRecord, index: number): void {
    if ('type' in task) this.#buryUnreadable(task, record, index);
    else if (partitionOfKey(task.key, this.partitions) !== this.partition)
      this.#buryUnreadable({ type: 'unreadable', why: 'its key belongs elsewhere' }, record, index);
    else this.#enqueue(task);
  }

  #enqueue({ id, kind, key, payload, delayMs = 0, expiresInMs }: EnqueuedTask): void {
    if (this.#byId.has(id)) return;
    this.#enqueued++;
    const now = this.#clock.nowMs;
    const replaced = this.#waiting.get(key);
    // At the end of the line a queue that cannot keep up would never reach some keys.
    const place = replaced && delayMs === 0 ? Math.min(replaced.notBeforeMs, now) : now + delayMs;
    if (replaced) this.#end(replaced, 'superseded');
    const expiresAtMs = expiresInMs === undefined ? null : now + expiresInMs;
    const row: Row = { id, kind, key, payload, attempt: 0, notBeforeMs: place, expiresAtMs };
    this.#byId.set(id, row);
    this.#waiting.set(key, row);
    this.putBack(row);
  }

  #take({ grant, consumer, ids, visibilityMs }: QueueRecord & { type: 'take' }): readonly Task[] {
    // Written by an owner from before the last claim.
    if (grant < this.#fence) return [];
    this.#fence = grant;
    const now = this.#clock.nowMs;
    const taken: Task[] = [];
    for (const id of ids) {
      const row = this.#byId.get(id);
      if (!row || !this.#isReady(row) || row.notBeforeMs > now || isExpired(row, now)) continue;
      this.#waiting.delete(row.key);
      this.#running.set(row.key, row);
      row.attempt++;
      row.consumer = consumer;
      row.visibleUntilMs = now + visibilityMs;
      const { kind, key, payload, attempt } = row;
      taken.push({ id, kind, key, payload, attempt, partition: this.partition });
    }
    return taken;
  }

  #settle(row: Row, answer: Pick<Answer, 'outcome' | 'reason' | 'backoffMs'>, maxAttempts: number): void {
    const { outcome, reason, backoffMs } = answer;
    if (outcome === 'executed' || outcome === 'abandoned') {
      this.#end(row, outcome);
      if (outcome === 'executed') this.#letters.forgive(row.key);
    } else if (outcome === 'retry' && row.attempt >= maxAttempts) {
      this.#end(row, 'dead_lettered');
      this.#letters.bury(row, reason, row.attempt, this.#clock.stampMs);
    } else if (this.#waiting.has(row.key)) this.#end(row, 'superseded');
    else {
      this.#running.delete(row.key);
      delete row.consumer;
      delete row.visibleUntilMs;
      row.notBeforeMs = this.#clock.nowMs + backoffMs;
      this.#waiting.set(row.key, row);
    }
    const next = this.#waiting.get(row.key);
    if (next) this.putBack(next);
  }

  #sweep({ silent, expired, maxAttempts }: QueueRecord & { type: 'sweep' }): void {
    const now = this.#clock.nowMs;
    for (const delivery of silent) {
      const row = this.#delivered(delivery);
      if (row && (row.visibleUntilMs ?? 0) <= now)
        this.#settle(row, { outcome: 'retry', reason: 'CONSUMER_SILENT', backoffMs: 0 }, maxAttempts);
    }
    for (const id of expired) {
      const row = this.#byId.get(id);
      if (row && this.#waiting.get(row.key) === row && isExpired(row, now)) this.#end(row, 'expired');
    }
  }

  #end(row: Row, how: EndReason): void {
    this.#byId.delete(row.id);
    if (this.#waiting.get(row.key) === row) this.#waiting.delete(row.key);
    else this.#running.delete(row.key);
    this.#ended[how]++;
  }

  /** Never lost: what it was, as far as it can be shown, stands in the letter. Counted as a task that came and died. */
  #buryUnreadable({ why }: Unreadable, record: LogRecord, index: number): void {
    this.#unreadable++;
    this.#enqueued++;
    this.#ended.dead_lettered++;
    const bytes = record.value?.length ?? 0;
    const text = record.value?.toString('utf8').slice(0, MAX_SHOWN) ?? null;
    const key = record.key.length > 0 && record.key.length <= 512 ? record.key : 'unreadable';
    const id = unreadableId(this.partition, record.offset, index);
    const payload = { why, bytes, text };
    this.#letters.bury({ id, kind: 'Unreadable', key, payload }, UNREADABLE, 0, record.stampMs);
  }

  #delivered({ id, attempt }: Delivery): Row | undefined {
    const row = this.#byId.get(id);
    return row && row.attempt === attempt && this.#running.get(row.key) === row ? row : undefined;
  }

  #isReady(row: Row): boolean {
    return this.#waiting.get(row.key) === row && !this.#running.has(row.key);
  }

  #push(row: Row): void {
    // Readers that never take leave behind what is no longer due.
    if (this.#due.size > 1_000 + 4 * this.#waiting.size) this.#indexDue();
    else this.#due.push(row, row.notBeforeMs);
    this.#becameReady = true;
  }

  #indexDue(): void {
    this.#due.clear();
    for (const row of this.#waiting.values())
      if (!this.#running.has(row.key)) this.#due.push(row, row.notBeforeMs);
  }
}

export interface WrittenPartition {
  readonly clock: readonly [number, number];
  readonly rows: readonly Row[];
  readonly enqueued: number;
  readonly ended: Readonly<Counts>;
  readonly fence: number;
  readonly letters: WrittenLetters;
}

const noneEnded = (): Counts => ({ executed: 0, superseded: 0, expired: 0, abandoned: 0, dead_lettered: 0 });

const isRunning = ({ consumer }: Row): boolean => consumer !== undefined;

/** What was begun once does not expire any more. */
const isExpired = ({ attempt, expiresAtMs }: Row, nowMs: number): boolean =>
  attempt === 0 && expiresAtMs !== null && expiresAtMs <= nowMs;

/** A UUID of its own (version 8), the same for every reader. */
function unreadableId(partition: number, offset: number, index: number): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).padStart(digits, '0').slice(-digits);
  return `${hex(index, 8)}-${hex(partition, 4)}-8000-8000-${hex(offset, 12)}`;
}
