import type { EventStore } from '@replicante/event-store';
import type { EventMetadata, Json } from '@replicante/kernel';
import { clusterStream } from '@replicante/kernel';
import { NS } from '../rig/fleet-events.js';

/** What `command` wrote for one call, for raw clients to write the same bytes. */
export interface WrittenEvent {
  readonly data: Json;
  readonly metadata: EventMetadata;
}

/** The newest event of a cluster that commands went to. */
export async function writtenEvent(store: EventStore, clusterId: string): Promise<WrittenEvent> {
  const newest = store.readStream(clusterStream(NS, clusterId), { direction: 'backwards', limit: 1 });
  for await (const { type, data, metadata } of newest)
    if (type === 'cluster.CycleRequested.v1') return { data, metadata };
  throw new Error('command wrote no event');
}
