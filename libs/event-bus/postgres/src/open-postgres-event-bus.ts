import type { EventBus } from '@replicante/event-bus';
import { Database, migrateSchema, WakeUps } from '@replicante/postgres-client';
import { busError } from './bus-error.js';
import { PostgresEventBus } from './postgres-event-bus.adapter.js';
import { MIGRATIONS } from './schema.js';
import { WAKE_TOPICS } from './wake-topics.js';

export interface PostgresEventBusOptions {
  /** `postgres://user:password@host:port/database`. The schema `event_bus` is made there when it is missing. */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`. Default `replicante-event-bus`. */
  readonly applicationName?: string;
  /** The server gives a statement up after this, the client one second later. Default 5,000 ms. */
  readonly statementTimeoutMs?: number;
  /** Readers that nobody woke look again after this; default 1,000 ms. */
  readonly pollMs?: number;
  /** Default 1,000 ms. */
  readonly heartbeatMs?: number;
  /** A member silent for so long loses its partitions; default 4,000 ms. */
  readonly memberTtlMs?: number;
  /** How often retention and compaction are looked after; default 60,000 ms. */
  readonly sweepMs?: number;
  readonly connections?: number;
  /** Faults that the bus recovers from by itself and that belong to no subscription with an `onError` of its own. */
  readonly onError?: (error: unknown) => void;
}

/** Opens the bus, making or upgrading its schema first; N processes may do so at once. */
export async function openPostgresEventBus(options: PostgresEventBusOptions): Promise<EventBus> {
  const { connectionString, applicationName = 'replicante-event-bus', statementTimeoutMs = 5_000 } = options;
  const maxConnections = options.connections ?? 4;
  await migrateSchema({
    connectionString,
    applicationName,
    schema: 'event_bus',
    ledger: 'migrations',
    steps: MIGRATIONS,
    timeoutMs: statementTimeoutMs,
  }).catch((error: unknown) => {
    throw busError(error);
  });
  const database = new Database({ connectionString, applicationName, statementTimeoutMs, maxConnections });
  const wakeUps = new WakeUps({
    connectionString,
    applicationName,
    channel: 'replicante_event_bus',
    topics: WAKE_TOPICS,
    debounceMs: 10,
    onWake: what => bus.woken(what),
  });
  const bus = new PostgresEventBus({
    database,
    wakeUps,
    pollMs: options.pollMs ?? 1_000,
    heartbeatMs: options.heartbeatMs ?? 1_000,
    memberTtlMs: options.memberTtlMs ?? 4_000,
    sweepMs: options.sweepMs ?? 60_000,
    onError: options.onError ?? (() => undefined),
  });
  return bus;
}
