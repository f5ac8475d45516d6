import type { Json } from '@replicante/kernel';

/** Carries ids only; the handler reads state again. Tasks of one key may be dropped for a newer one of that key. */
export interface NewTask {
  /** UUID; enqueueing an id again while that task is in the queue changes nothing: a retried enqueue is one task. */
  readonly id: string;
  /** `OrchestrateCluster`, `DiscoverPlatform`. */
  readonly kind: string;
  /**
   * `<ns>:<cluster>`. At most one task of a key runs at a time, over all consumers. Supersession is per key, whatever the
   * kind: kinds that must not replace each other need different keys.
   */
  readonly key: string;
  readonly payload: Json;
  /** Not delivered earlier than so many milliseconds from now. */
  readonly delayMs?: number;
  /**
   * Dropped, counted as expired, when not begun so many milliseconds from now: a late duplicate never piles up. A task
   * that was begun once does not expire any more.
   */
  readonly expiresInMs?: number;
}

export interface Task extends Omit<NewTask, 'delayMs' | 'expiresInMs'> {
  /** 1 on the first delivery. Redelivery after a crash counts as well. */
  readonly attempt: number;
  readonly partition: number;
}

/** What became of one delivery. Everything but `retry` ends the task. */
export type TaskResult =
  | { readonly outcome: 'executed' }
  /** A permanent condition: namespace inactive, cluster gone. Not an error, never retried. */
  | { readonly outcome: 'abandoned'; readonly reason: string }
  /** Comes again after a back-off, until the attempts are exhausted: then it is dead-lettered with this reason. */
  | { readonly outcome: 'retry'; readonly reason: string };

export interface TaskContext {
  /** Aborted when the consumer loses the partition or is stopped: give up, do not record. */
  readonly signal: AbortSignal;
  /** Extends the visibility of the task while real progress is made. Rejects with `TASK_LOST` when it was lost. */
  readonly heartbeat: () => Promise<void>;
}

export interface ConsumeOptions {
  /** For people: host and process. */
  readonly consumerName: string;
  /** Tasks at once in this process; default 16. */
  readonly concurrency?: number;
  /**
   * What it throws is a retry, and goes to `onError`. The reason is the error's `code` if it looks like one
   * (`AGENT_UNREACHABLE`), else `HANDLER_FAILED`: messages vary, and there is one dead letter per reason.
   */
  readonly handler: (task: Task, context: TaskContext) => Promise<TaskResult>;
  /**
   * Called when a partition comes, before any of its tasks is delivered; delivery waits for it (the worker takes the
   * partition's lease here). A rejection gives the partition back.
   */
  readonly onAssigned?: (partition: number) => Promise<void>;
  /** Called after a partition went; can come with no notice, when its tasks already run elsewhere. */
  readonly onRevoked?: (partition: number) => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

export interface TaskConsumer {
  /** Registered: partitions come from now on. */
  readonly ready: Promise<void>;
  assignedPartitions(): readonly number[];
  /** Takes no new tasks, waits for running ones up to `drainMs`, aborts the rest (they are redelivered), leaves. */
  stop(drainMs?: number): Promise<void>;
}

export interface DeadLetter {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: Json;
  readonly reason: string;
  readonly attempts: number;
  /** RFC 3339. */
  readonly deadSince: string;
  /** How many tasks of this (key, reason) died since; they share one letter. */
  readonly occurrences: number;
}

export type EndReason = 'executed' | 'superseded' | 'expired' | 'abandoned' | 'dead_lettered';

export interface QueueStatistics {
  /** Over the queue's life: `enqueued` = all of `ended` + `depth`, always. A requeue counts as enqueued again. */
  readonly enqueued: number;
  /** Waiting, parked or running. */
  readonly depth: number;
  /** Of the oldest task that could run now; 0 when there is none. */
  readonly oldestReadyAgeMs: number;
  readonly running: number;
  readonly deadLetters: number;
  /** Over the queue's life: every task ended in exactly one of these. */
  readonly ended: Readonly<Record<EndReason, number>>;
}

export interface TaskQueueCapabilities {
  readonly durable: boolean;
  /** A task whose consumer crashed runs again within this time. */
  readonly redeliveryBoundMs: number;
}

export interface TaskQueueSettings {
  /** Fixed for the life of the queue. Default: what the queue was made with, else 16. */
  readonly partitions?: number;
  /** Deliveries before the dead letter. Default 5. */
  readonly maxAttempts?: number;
  /** Back-off of attempt n: `min(base * 2^(n-1), max)` with jitter. Defaults 1 s and 60 s. */
  readonly backoffBaseMs?: number;
  readonly backoffMaxMs?: number;
  /** A task whose consumer fell silent is free again after this; `heartbeat` extends. Default 30 s. */
  readonly visibilityMs?: number;
}

/**
 * At-least-once work queue with key affinity.
 *
 * - A key always maps to one partition; a partition has at most one live owner; at most one task per key runs.
 * - While a task of a key waits or is parked in back-off, a newer task of that key supersedes it. While one runs, the
 *   newest waits behind it. A failing key never holds up other keys of its partition. The newer task starts afresh: its
 *   own delay, attempt 1.
 * - Handover can come without notice: correctness rests on the coordinator's lease, not on this.
 *
 * Errors carry `code`: `QUEUE_UNAVAILABLE` (try again), `TASK_INVALID` (the caller is wrong), `TASK_LOST` (runs elsewhere
 * now), `DEAD_LETTER_NOT_FOUND`, `PARTITIONS_FIXED` (the queue exists with another number of partitions).
 */
export interface TaskQueue {
  readonly capabilities: TaskQueueCapabilities;
  readonly partitions: number;
  partitionOf(key: string): number;
  enqueue(tasks: readonly NewTask[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<TaskConsumer>;
  deadLetters(options: { readonly limit: number; readonly after?: string }): Promise<readonly DeadLetter[]>;
  /** Puts the dead letter's task back with its attempts forgotten, as the newest of its key; the letter is gone. */
  requeue(deadLetterId: string): Promise<void>;
  statistics(): Promise<QueueStatistics>;
  close(): Promise<void>;
}

export type TaskQueueErrorCode =
  'QUEUE_UNAVAILABLE' | 'TASK_INVALID' | 'TASK_LOST' | 'DEAD_LETTER_NOT_FOUND' | 'PARTITIONS_FIXED';

export class TaskQueueError extends Error {
  constructor(
    readonly code: TaskQueueErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'TaskQueueError';
  }
}
