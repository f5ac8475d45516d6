import { snapshotStoreContract } from '@replicante/snapshot-store-contract';
import type { Snapshot } from '@replicante/snapshot-store';
import { memorySnapshotStore } from './index.js';

snapshotStoreContract('memory', async () => {
  const kept = new Map<string, Map<number, Snapshot>>();
  return { open: () => memorySnapshotStore(kept), deadlineMs: 0, close: async () => undefined };
});
