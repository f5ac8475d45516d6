export { openPostgresTaskQueue } from './postgres-task-queue.adapter.js';
export type { PostgresTaskQueueOptions } from './postgres-task-queue.adapter.js';
