import type { ClusterEvent, NamespaceEvent, PlatformEvent } from '@replicante/domain';
import type { EventStore, NewEvent } from '@replicante/event-store';
import type { EventMetadata, Json } from '@replicante/kernel';
import { v7 } from 'uuid';

export type AnyEvent = ClusterEvent | NamespaceEvent | PlatformEvent;

/** Metadata as `command` writes it, with the record of the command on it. */
const metadata = (): EventMetadata => ({
  commandId: v7(),
  correlationId: v7(),
  actor: { kind: 'system', component: 'bench', verified: true },
  recordedAt: new Date().toISOString(),
  commandType: 'Seed',
  commandDigest: '0'.repeat(64),
  commandAnswer: { kind: 'none' },
});

export const newEvent = ({ type, data }: AnyEvent): NewEvent => ({
  id: v7(),
  type,
  data: data as unknown as Json,
  metadata: metadata(),
});

const EVENTS_AT_ONCE = 100;
const STREAMS_AT_ONCE = 64;

/** Appends to new streams, in order within each. */
export async function seed(
  store: EventStore,
  streams: ReadonlyMap<string, readonly AnyEvent[]>,
): Promise<void> {
  const left = [...streams];
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [streamId, events] = next;
      for (let from = 0; from < events.length; from += EVENTS_AT_ONCE)
        await store.append(
          streamId,
          from === 0 ? 'no_stream' : from - 1,
          events.slice(from, from + EVENTS_AT_ONCE).map(newEvent),
        );
    }
  };
  await Promise.all(Array.from({ length: STREAMS_AT_ONCE }, lane));
}
