export { memoryTaskQueue } from './memory-task-queue.adapter.js';
export type { MemoryTaskQueueOptions } from './memory-task-queue.adapter.js';
export { MemoryTaskQueueData } from './memory-task-queue-data.js';
