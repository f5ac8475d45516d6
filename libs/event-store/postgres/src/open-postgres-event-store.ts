import { WakeSignal, type EventStore } from '@replicante/event-store';
import { Database, migrateSchema, WakeUps } from '@replicante/postgres-client';
import type { BatcherLimits } from './append-batcher.js';
import { unavailable } from './connection-faults.js';
import { PostgresEventStore } from './postgres-event-store.adapter.js';
import { MIGRATIONS } from './schema.js';

export interface PostgresEventStoreOptions {
  /** `postgres://user:password@host:port/database`. The schema `event_store` is made there when it is missing. */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`. Default `replicante-event-store`. */
  readonly applicationName?: string;
  /** The server gives a statement up after this, the client one second later. Default 5,000 ms. */
  readonly statementTimeoutMs?: number;
  /** Readers that nobody woke look again after this; default 500 ms. */
  readonly pollMs?: number;
  /** Connections for reads; default 4. Appends have two of their own, wake-ups one. */
  readonly readConnections?: number;
  readonly batching?: Partial<BatcherLimits>;
}

/** Two flushes of some hundred appends: beyond that latency grows and the rate does not (measured). */
const BATCHING = { flushesInFlight: 2, appendsPerFlush: 256, bytesPerFlush: 4 * 1024 * 1024, queued: 10_000 };

/**
 * Opens the store, making or upgrading its schema first; N processes may do so at once.
 * Rejects with `UNAVAILABLE` when the server cannot be reached or the schema is newer than this program.
 */
export async function openPostgresEventStore(options: PostgresEventStoreOptions): Promise<EventStore> {
  const {
    connectionString,
    applicationName = 'replicante-event-store',
    statementTimeoutMs = 5_000,
  } = options;
  const base = { connectionString, applicationName, statementTimeoutMs };
  const batching = { ...BATCHING, waitMs: statementTimeoutMs, ...options.batching };
  await migrateSchema({
    connectionString,
    applicationName,
    schema: 'event_store',
    ledger: 'migrations',
    steps: MIGRATIONS,
    timeoutMs: statementTimeoutMs,
  }).catch((error: unknown) => {
    throw unavailable(error);
  });
  const appends = new Database({ ...base, maxConnections: batching.flushesInFlight });
  const wake = new WakeSignal();
  const wakeUps = new WakeUps({
    connectionString,
    applicationName,
    channel: 'replicante_event_store',
    topics: ['appended'],
    debounceMs: 15,
    onWake: () => wake.wake(),
  });
  const reads = new Database({ ...base, maxConnections: options.readConnections ?? 4 });
  return new PostgresEventStore({ appends, reads, wakeUps, wake, pollMs: options.pollMs ?? 500, batching });
}
