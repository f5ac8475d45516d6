export { suspendableTime } from './suspendable-time.js';
export type { SuspendableTime } from './suspendable-time.js';
export { memoryCoordinator } from './memory-coordinator.adapter.js';
export type { MemoryCoordinatorOptions } from './memory-coordinator.adapter.js';
export { MemoryCoordinatorData } from './memory-coordinator-data.js';
