import type { SnapshotStore } from '@replicante/snapshot-store';
import type { Configuration } from './configuration.js';

/**
 * In DATABASE_URL, whatever the event store is; not one of the ports that a deployment chooses, for there is nothing to
 * choose. `undefined` where snapshots have no use or no place: the event store is in memory, or there is no database.
 */
export async function openSnapshotStore(configuration: Configuration): Promise<SnapshotStore | undefined> {
  const { adapters, databaseUrl, service } = configuration;
  if (adapters.eventStore === 'memory' || databaseUrl === undefined) return undefined;
  const { postgresSnapshotStore } = await import('@replicante/snapshot-store-postgres');
  return postgresSnapshotStore({
    connectionString: databaseUrl,
    applicationName: `${service}-snapshot-store`,
  });
}
