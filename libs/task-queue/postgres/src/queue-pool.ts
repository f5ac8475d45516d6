import { CallPool, sqlStateOf } from '@replicante/postgres-client';
import { TaskQueueError } from '@replicante/task-queue';

/** Deadlock, serialisation failure, and a unique index that met a concurrent enqueue: the same statement again is right. */
const AGAIN = new Set(['40P01', '40001', '23505']);

export interface QueuePoolOptions {
  readonly connectionString: string;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

export const queuePool = (options: QueuePoolOptions): CallPool =>
  new CallPool({
    ...options,
    applicationName: APPLICATION_NAME,
    asError: asTaskQueueError,
    again: failure => AGAIN.has(sqlStateOf(failure) ?? ''),
  });

export const APPLICATION_NAME = 'replicante-task-queue';

export function asTaskQueueError(error: unknown): TaskQueueError {
  if (error instanceof TaskQueueError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TaskQueueError('QUEUE_UNAVAILABLE', `the task queue's database: ${message}`, { cause: error });
}
