export { openConsulCoordinator } from './consul-coordinator.adapter.js';
export type { ConsulCoordinatorOptions } from './consul-coordinator.adapter.js';
export { ForeignWriteError } from './foreign-writes.js';
