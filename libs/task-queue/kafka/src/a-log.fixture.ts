import type { Answer } from '@replicante/task-queue';
import type { LogRecord } from './folded-log.js';
import { QueuePartition } from './queue-partition.js';
import type { QueueVerdict } from './queue-partition.js';
import type { EnqueuedTask, QueueRecord } from './queue-record.js';

/** A task's id from a number. */
export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const aRecord = (
  value: string | Buffer | null,
  offset: number,
  stampMs: number,
  key = '',
): LogRecord => ({
  offset,
  stampMs,
  key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
});

/** A partition that is written to by hand, with a broker's clock that the test moves. */
export class WrittenLog {
  readonly fold = new QueuePartition(0, 1);
  stampMs = 1_000_000;
  offset = 0;

  write(record: QueueRecord): QueueVerdict | undefined {
    return this.writeValue({ v: 1, ...record });
  }

  writeValue(value: unknown, key = ''): QueueVerdict | undefined {
    const text = value === undefined ? '%' : JSON.stringify(value);
    return this.fold.apply(value, aRecord(text, this.offset++, this.stampMs, key));
  }

  enqueue(n: number, values: Partial<EnqueuedTask> = {}): void {
    this.write({
      type: 'enqueue',
      tasks: [{ id: idOf(n), kind: 'k', key: `key-${n}`, payload: n, ...values }],
    });
  }

  /** The attempts that were taken, by number of the task. */
  take(consumer: string, ids: readonly number[], grant = 1): Record<number, number> {
    const verdict = this.write({
      type: 'take',
      grant,
      consumer,
      call: 'c',
      ids: ids.map(idOf),
      visibilityMs: 3_000,
    });
    const taken = verdict && 'taken' in verdict ? verdict.taken : [];
    return Object.fromEntries(taken.map(({ id, attempt }) => [Number(id.slice(-12)), attempt]));
  }

  settle(consumer: string, n: number, attempt: number, outcome: Answer['outcome'], reason = 'R'): void {
    const answer = { id: idOf(n), attempt, outcome, reason, backoffMs: outcome === 'retry' ? 500 : 0 };
    this.write({ type: 'settle', consumer, maxAttempts: 3, answers: [answer] });
  }

  statistics() {
    return this.fold.statistics(this.fold.clock.nowMs);
  }
}
