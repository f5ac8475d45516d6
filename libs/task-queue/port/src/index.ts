export type {
  ConsumeOptions,
  DeadLetter,
  EndReason,
  NewTask,
  QueueStatistics,
  Task,
  TaskConsumer,
  TaskContext,
  TaskQueue,
  TaskQueueCapabilities,
  TaskQueueErrorCode,
  TaskQueueSettings,
  TaskResult,
} from './task-queue.port.js';
export { TaskQueueError } from './task-queue.port.js';
