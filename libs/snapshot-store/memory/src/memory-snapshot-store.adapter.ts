import { SnapshotStoreError } from '@replicante/snapshot-store';
import type { Snapshot, SnapshotStore, StoredSnapshot } from '@replicante/snapshot-store';

/** Stream → version → snapshot. */
type Kept = Map<string, Map<number, Snapshot>>;

class MemorySnapshotStore implements SnapshotStore {
  #closed = false;

  constructor(private readonly kept: Kept) {}

  async load(streamId: string, evolveVersion: number): Promise<StoredSnapshot | undefined> {
    const snapshot = this.#open().get(streamId)?.get(evolveVersion);
    return snapshot && { ...snapshot, commands: () => snapshot.commands };
  }

  async save(snapshot: Snapshot): Promise<void> {
    const kept = this.#open();
    const versions = kept.get(snapshot.streamId) ?? new Map<number, Snapshot>();
    for (const version of versions.keys()) if (version < snapshot.evolveVersion) versions.delete(version);
    kept.set(snapshot.streamId, versions.set(snapshot.evolveVersion, snapshot));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): Kept {
    if (this.#closed) throw new SnapshotStoreError('the snapshot store client is closed');
    return this.kept;
  }
}

/** Clients that share `kept` share snapshots; it lives as long as the process. */
export const memorySnapshotStore = (kept: Kept = new Map()): SnapshotStore => new MemorySnapshotStore(kept);
