import { faultOf } from '@replicante/kafka-client';
import { TaskQueueError } from '@replicante/task-queue';

/** Whatever went wrong with Kafka, in the port's words. */
export function asTaskQueueError(error: unknown): TaskQueueError {
  if (error instanceof TaskQueueError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = faultOf(error) === 'TOPIC_CHANGED' ? 'PARTITIONS_FIXED' : 'QUEUE_UNAVAILABLE';
  return new TaskQueueError(code, `the task queue's Kafka: ${message}`, { cause: error });
}
