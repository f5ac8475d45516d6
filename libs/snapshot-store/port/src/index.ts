export type { Snapshot, SnapshotStore, StoredSnapshot } from './snapshot-store.port.js';
export { SnapshotStoreError } from './snapshot-store.port.js';
