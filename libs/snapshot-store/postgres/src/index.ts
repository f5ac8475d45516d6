export type { PostgresSnapshotStoreOptions } from './postgres-snapshot-store.adapter.js';
export { postgresSnapshotStore } from './postgres-snapshot-store.adapter.js';
