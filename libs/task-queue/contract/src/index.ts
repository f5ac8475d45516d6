export { taskQueueContract } from './task-queue.contract.js';
export type { StuckConsumer, TaskQueueHarness } from './task-queue-harness.js';
export { startStuckConsumerProcess } from './stuck-consumer-process.js';
