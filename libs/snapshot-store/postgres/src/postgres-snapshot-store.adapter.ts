import { Database, migrateSchema, sqlStateOf, StatementError } from '@replicante/postgres-client';
import { SnapshotStoreError } from '@replicante/snapshot-store';
import type { Snapshot, SnapshotStore, StoredSnapshot } from '@replicante/snapshot-store';
import type { QueryArrayConfig } from 'pg';
import { packed, unpacked } from './packed-text.js';
import { MIGRATIONS } from './schema.js';

export interface PostgresSnapshotStoreOptions {
  /** `postgres://user:password@host:port/database`. The schema `snapshot_store` is made there when it is missing. */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`. Default `replicante-snapshot-store`. */
  readonly applicationName?: string;
  /** The server gives a statement up after this, the client one second later. Default 2,000 ms: a reader waits for it. */
  readonly statementTimeoutMs?: number;
}

/** One writes now and then while others read. */
const CONNECTIONS = 2;

type Row = [storeIdentity: string, revision: string, eventId: string, state: string, commands: string];

const loadStatement = (streamId: string, evolveVersion: number): QueryArrayConfig => ({
  name: 'snapshot_load',
  text: `select store_identity, revision, event_id, state, commands from snapshot_store.snapshots
         where stream_id = $1 and evolve_version = $2`,
  values: [streamId, evolveVersion],
  rowMode: 'array',
});

const saveStatement = (snapshot: Snapshot, state: string, commands: string): QueryArrayConfig => ({
  name: 'snapshot_save',
  text: `with lower as (
           delete from snapshot_store.snapshots where stream_id = $1 and evolve_version < $2)
         insert into snapshot_store.snapshots
           (stream_id, evolve_version, store_identity, revision, event_id, state, commands, written_at)
         values ($1, $2, $3, $4, $5, $6, $7, now())
         on conflict (stream_id, evolve_version) do update set
           store_identity = excluded.store_identity, revision = excluded.revision, event_id = excluded.event_id,
           state = excluded.state, commands = excluded.commands, written_at = excluded.written_at`,
  values: [
    snapshot.streamId,
    snapshot.evolveVersion,
    snapshot.storeIdentity,
    snapshot.revision,
    snapshot.eventId,
    state,
    commands,
  ],
  rowMode: 'array',
});

class PostgresSnapshotStore implements SnapshotStore {
  readonly #database: Database;
  readonly #base: { connectionString: string; applicationName: string };
  readonly #timeoutMs: number;
  #schema: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresSnapshotStoreOptions) {
    const {
      connectionString,
      applicationName = 'replicante-snapshot-store',
      statementTimeoutMs = 2_000,
    } = options;
    this.#base = { connectionString, applicationName };
    this.#timeoutMs = statementTimeoutMs;
    this.#database = new Database({ ...this.#base, statementTimeoutMs, maxConnections: CONNECTIONS });
  }

  async load(streamId: string, evolveVersion: number): Promise<StoredSnapshot | undefined> {
    const [row] = await this.#query<Row>(loadStatement(streamId, evolveVersion));
    if (row === undefined) return undefined;
    const [storeIdentity, revision, eventId, state, commands] = row;
    return {
      streamId,
      evolveVersion,
      storeIdentity,
      revision: Number(revision),
      eventId,
      state: unpackedOrRefused(state),
      commands: () => unpackedOrRefused(commands),
    };
  }

  async save(snapshot: Snapshot): Promise<void> {
    const [state, commands] = await Promise.all([packed(snapshot.state), packed(snapshot.commands)]);
    await this.#query(saveStatement(snapshot, state, commands));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#database.close();
    await this.#closing;
  }

  async #query<R extends unknown[]>(query: QueryArrayConfig): Promise<R[]> {
    if (this.#closing) throw new SnapshotStoreError('the snapshot store client is closed');
    try {
      await (this.#schema ??= this.#migrate());
      return (await this.#database.query<R>(query)).rows;
    } catch (error) {
      const cause = error instanceof StatementError ? error.cause : error;
      // Whoever dropped the schema wanted it empty: the next call makes it anew.
      if (['42P01', '3F000'].includes(sqlStateOf(cause) ?? '')) this.#schema = undefined;
      throw new SnapshotStoreError(
        `snapshot store: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
        },
      );
    }
  }

  async #migrate(): Promise<void> {
    try {
      await migrateSchema({
        ...this.#base,
        schema: 'snapshot_store',
        ledger: 'migrations',
        steps: MIGRATIONS,
        timeoutMs: this.#timeoutMs,
      });
    } catch (error) {
      this.#schema = undefined;
      throw error;
    }
  }

  /** Connects and makes the schema ahead of the first call; a failure is met, and told, by that call. */
  warmUp(): this {
    this.#query({ text: 'select 1', rowMode: 'array' }).catch(() => undefined);
    return this;
  }
}

function unpackedOrRefused(text: string): string {
  try {
    return unpacked(text);
  } catch (cause) {
    throw new SnapshotStoreError('snapshot store: a text that was not packed by us', { cause });
  }
}

/** Opening waits for nothing. N processes may share one database. */
export const postgresSnapshotStore = (options: PostgresSnapshotStoreOptions): SnapshotStore =>
  new PostgresSnapshotStore(options).warmUp();
