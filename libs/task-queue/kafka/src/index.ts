export { openKafkaTaskQueue } from './kafka-task-queue.adapter.js';
export type { KafkaTaskQueueOptions } from './kafka-task-queue.adapter.js';
