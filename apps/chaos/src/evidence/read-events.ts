import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import pg from 'pg';
import type { World } from '../world/world.js';
import type { Document, StoredEvent } from './evidence.js';

interface Row {
  readonly position: string;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly data: Document;
  readonly metadata: Metadata;
}

/** Every event, in the order of the store, past proxies and services: by SQL, or with the store's own client. */
export const readEvents = async (world: World): Promise<readonly StoredEvent[]> => {
  const { EVENT_STORE } = world.adapters;
  if (EVENT_STORE === 'postgres') return fromPostgres(await world.installation.controlUrl());
  return fromEventStoreDb(`esdb://${world.addressOf('eventstoredb')}?tls=false`);
};

async function fromPostgres(url: string): Promise<readonly StoredEvent[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>('select * from event_store.events order by position');
    return rows.map(row => ({
      position: BigInt(row.position),
      streamId: row.stream_id,
      revision: Number(row.revision),
      id: row.event_id,
      type: row.type,
      data: row.data,
      commandId: row.metadata.commandId,
      recordedAt: row.metadata.recordedAt,
      metadata: row.metadata,
    }));
  } finally {
    await client.end();
  }
}

interface Metadata extends Document {
  readonly commandId: string;
  readonly recordedAt: string;
}

const isMetadata = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && 'commandId' in value && 'recordedAt' in value;

/** Streams of ours; its own begin with `$`. */
async function fromEventStoreDb(connectionString: string): Promise<readonly StoredEvent[]> {
  const client = EventStoreDBClient.connectionString(connectionString);
  try {
    const found: StoredEvent[] = [];
    for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
      if (!event || event.streamId.startsWith('$')) continue;
      if (!isMetadata(event.metadata)) throw new Error(`${event.streamId}@${event.revision} is not of ours`);
      const { commandId, recordedAt } = event.metadata;
      found.push({
        position: event.position?.commit ?? -1n,
        streamId: event.streamId,
        revision: Number(event.revision),
        id: event.id,
        type: event.type,
        data: event.data as Document,
        commandId,
        recordedAt,
        metadata: event.metadata,
      });
    }
    return found;
  } finally {
    await client.dispose();
  }
}
