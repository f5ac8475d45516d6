export type { SnapshotStoreHarness } from './snapshot-store.contract.js';
export { snapshotStoreContract } from './snapshot-store.contract.js';
