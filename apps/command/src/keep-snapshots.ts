import type { HandlingObserver } from '@replicante/command-handling';
import { Snapshots } from '@replicante/command-handling';
import { EVOLVE_VERSION } from '@replicante/domain';
import type { EventStore } from '@replicante/event-store';
import type { ServiceRuntime } from '@replicante/service';
import { openSnapshotStore } from '@replicante/service';
import { tools } from './tools.js';

/** Of the time that an orderly stop has. */
const SHARE_OF_STOP = 1 / 4;

/** Folds of long streams, kept for the next process; `undefined` where there is no place for them. */
export async function keepSnapshots(
  { configuration, shutdown }: Pick<ServiceRuntime, 'configuration' | 'shutdown'>,
  store: EventStore,
  observer: HandlingObserver,
): Promise<Snapshots | undefined> {
  const snapshotStore = await openSnapshotStore(configuration);
  if (snapshotStore === undefined) return undefined;
  shutdown.on('close', 'snapshot store', () => snapshotStore.close());
  const snapshots = new Snapshots({
    snapshots: snapshotStore,
    store,
    evolveVersion: EVOLVE_VERSION,
    tools,
    observer,
  });
  shutdown.on('flush', 'snapshots', () => snapshots.stop(configuration.shutdownWithinMs * SHARE_OF_STOP));
  return snapshots;
}
