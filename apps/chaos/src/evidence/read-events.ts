import pg from 'pg';
import type { Document, StoredEvent } from './evidence.js';

interface Row {
  readonly position: string;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly data: Document;
  readonly metadata: { readonly commandId: string; readonly recordedAt: string };
}

/** Every event, in the order of the store, by SQL: none of the services is asked. */
export async function readEvents(url: string): Promise<readonly StoredEvent[]> {
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
    }));
  } finally {
    await client.end();
  }
}
