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
export { DEFAULT_PARTITIONS, backoffMs, redeliveryBoundMs, resolveSettings } from './resolved-settings.js';
export type { ResolvedSettings } from './resolved-settings.js';
export { validTask } from './valid-task.js';
export type { ValidTask } from './valid-task.js';
export type { Answer, Assignment, Beat, ConsumerBackend, Wake } from './consumer/consumer-backend.js';
export { ConsumerEngine } from './consumer/consumer-engine.js';
export type { ConsumerEngineOptions } from './consumer/consumer-engine.js';
