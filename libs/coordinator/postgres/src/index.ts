export { openPostgresCoordinator } from './postgres-coordinator.adapter.js';
export type { PostgresCoordinatorOptions } from './postgres-coordinator.adapter.js';
