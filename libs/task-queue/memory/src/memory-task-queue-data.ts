import { TaskQueueError } from '@replicante/task-queue';
import type {
  Answer,
  Beat,
  DeadLetter,
  EndReason,
  QueueStatistics,
  ResolvedSettings,
  Task,
  ValidTask,
  Wake,
} from '@replicante/task-queue';
import { partitionOfKey } from '@replicante/kernel';
import type { Json } from '@replicante/kernel';

interface Row {
  readonly task: ValidTask;
  readonly partition: number;
  attempt: number;
  notBeforeMs: number;
  readonly expiresAtMs: number;
  consumer?: string;
  visibleUntilMs: number;
}

interface Letter {
  readonly letter: DeadLetter;
  readonly task: ValidTask;
}

/** What all clients of one memory queue share: the "server". */
export class MemoryTaskQueueData {
  #waiting = new Map<string, Row>();
  #running = new Map<string, Row>();
  #letters = new Map<string, Letter>();
  #consumers = new Map<string, number>();
  #owners: { owner: string | undefined; grant: number }[];
  #ended: Record<EndReason, number> = noneEnded();
  #enqueued = 0;
  #letterNumber = 0;
  readonly #listeners = new Set<(what: Wake) => void>();
  #reachable = true;

  constructor(readonly partitions = 16) {
    this.#owners = freePartitions(partitions);
  }

  /** For tests of outages. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
  }

  mustBeReachable(): void {
    if (!this.#reachable)
      throw new TaskQueueError('QUEUE_UNAVAILABLE', 'the memory queue was made unreachable');
  }

  /** What a restart means for data that is not durable: nothing is left, counters included. */
  forget(): void {
    this.#waiting.clear();
    this.#running.clear();
    this.#letters.clear();
    this.#consumers.clear();
    this.#owners = freePartitions(this.partitions);
    this.#ended = noneEnded();
    this.#enqueued = 0;
  }

  enqueue(tasks: readonly ValidTask[]): void {
    const present = new Set(
      [...this.#waiting.values(), ...this.#running.values()].map(({ task }) => task.id),
    );
    for (const task of tasks) {
      if (present.has(task.id)) continue;
      present.add(task.id);
      this.#enqueued++;
      if (this.#waiting.has(task.key)) this.#ended.superseded++;
      const now = performance.now();
      this.#waiting.set(task.key, {
        task,
        partition: partitionOfKey(task.key, this.partitions),
        attempt: 0,
        notBeforeMs: now + (task.delayMs ?? 0),
        expiresAtMs: now + (task.expiresInMs ?? Infinity),
        visibleUntilMs: 0,
      });
    }
    this.#wake('tasks');
  }

  beat(consumer: string, avoid: readonly number[], settings: ResolvedSettings): Beat {
    const now = performance.now();
    if (!this.#consumers.has(consumer)) this.#wake('partitions');
    this.#consumers.set(consumer, now + settings.consumerTtlMs);
    for (const [id, until] of [...this.#consumers]) if (until <= now) this.leave(id);
    this.#sweep(now, settings);
    const ids = [...this.#consumers.keys()].sort();
    const extra = ids.indexOf(consumer) < this.partitions % ids.length ? 1 : 0;
    const share = Math.floor(this.partitions / ids.length) + extra;
    let owned = this.#owners.filter(({ owner }) => owner === consumer).length;
    for (const [partition, state] of this.#owners.entries()) {
      if (owned >= share) break;
      if (state.owner !== undefined || avoid.includes(partition)) continue;
      state.owner = consumer;
      state.grant++;
      owned++;
    }
    const assignments = this.#owners.flatMap(({ owner, grant }, partition) =>
      owner === consumer ? [{ partition, grant }] : [],
    );
    return { assignments, share };
  }

  giveBack(consumer: string, partition: number): void {
    const state = this.#owners[partition];
    if (state?.owner !== consumer) return;
    state.owner = undefined;
    this.#wake('partitions');
  }

  leave(consumer: string): void {
    this.#consumers.delete(consumer);
    for (const partition of this.#owners.keys()) this.giveBack(consumer, partition);
  }

  take(
    consumer: string,
    partitions: readonly number[],
    limit: number,
    settings: ResolvedSettings,
  ): readonly Task[] {
    const now = performance.now();
    const mine = new Set(partitions.filter(partition => this.#owners[partition]?.owner === consumer));
    const taken: Task[] = [];
    for (const row of this.#waiting.values()) {
      if (taken.length >= limit) break;
      const { key, id, kind } = row.task;
      if (!mine.has(row.partition) || !this.#canRun(row, now)) continue;
      this.#waiting.delete(key);
      row.attempt++;
      row.consumer = consumer;
      row.visibleUntilMs = now + settings.visibilityMs;
      this.#running.set(key, row);
      const payload = JSON.parse(row.task.payloadText) as Json;
      taken.push({ id, kind, key, payload, attempt: row.attempt, partition: row.partition });
    }
    return taken;
  }

  settle(consumer: string, answers: readonly Answer[], settings: ResolvedSettings): void {
    for (const answer of answers) {
      const row = this.#delivered(consumer, answer.id, answer.attempt);
      if (row) this.#settleRow(row, answer, settings);
    }
  }

  extend(consumer: string, id: string, attempt: number, settings: ResolvedSettings): boolean {
    const row = this.#delivered(consumer, id, attempt);
    if (row) row.visibleUntilMs = performance.now() + settings.visibilityMs;
    return row !== undefined;
  }

  deadLetters(limit: number, after: string | undefined): readonly DeadLetter[] {
    return [...this.#letters.values()]
      .map(({ letter }) => letter)
      .filter(({ id }) => after === undefined || Number(id) > Number(after))
      .slice(0, limit);
  }

  requeue(deadLetterId: string): void {
    for (const [index, { letter, task }] of this.#letters) {
      if (letter.id !== deadLetterId) continue;
      this.#letters.delete(index);
      const { id, kind, key, payloadText } = task;
      this.enqueue([{ id, kind, key, payloadText }]);
      return;
    }
    throw new TaskQueueError('DEAD_LETTER_NOT_FOUND', `there is no dead letter ${deadLetterId}`);
  }

  statistics(): QueueStatistics {
    const now = performance.now();
    const ready = [...this.#waiting.values()].filter(row => this.#canRun(row, now));
    return {
      enqueued: this.#enqueued,
      depth: this.#waiting.size + this.#running.size,
      oldestReadyAgeMs: Math.max(0, ...ready.map(row => now - row.notBeforeMs)),
      running: this.#running.size,
      deadLetters: this.#letters.size,
      ended: { ...this.#ended },
    };
  }

  onWake(wake: (what: Wake) => void): () => void {
    this.#listeners.add(wake);
    return () => this.#listeners.delete(wake);
  }

  /** After the call that brought it: as from a server. */
  #wake(what: Wake): void {
    queueMicrotask(() => {
      for (const wake of [...this.#listeners]) wake(what);
    });
  }

  #canRun(row: Row, now: number): boolean {
    const begun = row.attempt > 0 || row.expiresAtMs > now;
    return begun && row.notBeforeMs <= now && !this.#running.has(row.task.key);
  }

  #delivered(consumer: string, id: string, attempt: number): Row | undefined {
    return [...this.#running.values()].find(
      row => row.task.id === id && row.attempt === attempt && row.consumer === consumer,
    );
  }

  #sweep(now: number, settings: ResolvedSettings): void {
    for (const row of [...this.#running.values()])
      if (row.visibleUntilMs <= now)
        this.#settleRow(row, { outcome: 'retry', reason: 'CONSUMER_SILENT', backoffMs: 0 }, settings);
    for (const row of [...this.#waiting.values()])
      if (row.attempt === 0 && row.expiresAtMs <= now) {
        this.#waiting.delete(row.task.key);
        this.#ended.expired++;
      }
  }

  #settleRow(
    row: Row,
    answer: Pick<Answer, 'outcome' | 'reason' | 'backoffMs'>,
    settings: ResolvedSettings,
  ): void {
    const { key } = row.task;
    this.#running.delete(key);
    if (answer.outcome === 'executed') {
      this.#ended.executed++;
      for (const [index, { letter }] of [...this.#letters])
        if (letter.key === key) this.#letters.delete(index);
    } else if (answer.outcome === 'abandoned') this.#ended.abandoned++;
    else if (answer.outcome === 'retry' && row.attempt >= settings.maxAttempts) {
      this.#ended.dead_lettered++;
      this.#bury(row, answer.reason);
    } else if (this.#waiting.has(key)) this.#ended.superseded++;
    else {
      row.notBeforeMs = performance.now() + answer.backoffMs;
      this.#waiting.set(key, row);
    }
  }

  #bury(row: Row, reason: string): void {
    const { id: _, kind, key, payloadText } = row.task;
    const index = JSON.stringify([key, reason]);
    const before = this.#letters.get(index)?.letter;
    this.#letters.set(index, {
      task: row.task,
      letter: {
        id: before?.id ?? String(++this.#letterNumber),
        kind,
        key,
        payload: JSON.parse(payloadText) as Json,
        reason,
        attempts: row.attempt,
        deadSince: before?.deadSince ?? new Date().toISOString(),
        occurrences: (before?.occurrences ?? 0) + 1,
      },
    });
  }
}

const noneEnded = (): Record<EndReason, number> => ({
  executed: 0,
  superseded: 0,
  expired: 0,
  abandoned: 0,
  dead_lettered: 0,
});

const freePartitions = (partitions: number): { owner: string | undefined; grant: number }[] =>
  Array.from({ length: partitions }, () => ({ owner: undefined, grant: 0 }));
