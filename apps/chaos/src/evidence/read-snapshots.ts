import { inflateRawSync } from 'node:zlib';
import pg from 'pg';
import type { KeptSnapshot } from './evidence.js';

interface Row {
  readonly stream_id: string;
  readonly evolve_version: number;
  readonly revision: string;
  readonly event_id: string;
  readonly state: string;
}

/** Every row of the snapshot store, unpacked here: base64 of a raw deflate. Before the first service made it: none. */
export async function readSnapshots(url: string): Promise<readonly KeptSnapshot[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: there } = await client.query(
      `select 1 where to_regclass('snapshot_store.snapshots') is not null`,
    );
    if (there.length === 0) return [];
    const { rows } = await client.query<Row>(
      'select stream_id, evolve_version, revision, event_id, state from snapshot_store.snapshots order by stream_id',
    );
    return rows.map(row => ({
      streamId: row.stream_id,
      evolveVersion: row.evolve_version,
      revision: Number(row.revision),
      eventId: row.event_id,
      state: inflateRawSync(Buffer.from(row.state, 'base64')).toString('utf8'),
    }));
  } finally {
    await client.end();
  }
}
