export { memorySnapshotStore } from './memory-snapshot-store.adapter.js';
