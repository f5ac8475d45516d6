import type { EventStore } from '@replicante/event-store';
import { Appender } from './appender.js';
import { unavailable } from './client-faults.js';
import { Connection } from './connection.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.adapter.js';
import { LogReader } from './log-reader.js';

export interface EventStoreDbEventStoreOptions {
  /** `esdb://user:password@host:2113`, `esdb+discover://…` for a cluster; `?tls=false` for a server without TLS. */
  readonly connectionString: string;
  /** Every call is given up after this; an append then counts as unknown. Default 5,000 ms. */
  readonly timeoutMs?: number;
  /** A live subscription that is silent for so long is compared with the log. Default 1,000 ms. */
  readonly watchdogMs?: number;
  /** Told once per event type that somebody else wrote, and of each subscription that had to be resumed. */
  readonly onError?: (error: unknown) => void;
}

const BACK_OFF = { first: 200, longest: 10_000 };

/**
 * Opens the store; one that was never opened gets its identity first, and N processes may do so at once.
 * Rejects with `UNAVAILABLE` when the server cannot be reached, is not ready, or the connection string is wrong.
 */
export async function openEventStoreDbEventStore(
  options: EventStoreDbEventStoreOptions,
): Promise<EventStore> {
  const { timeoutMs = 5_000, watchdogMs = 1_000, onError = () => undefined } = options;
  const connection = connectionOf(options.connectionString);
  const store = new EventStoreDbEventStore({
    connection,
    appender: new Appender(connection, timeoutMs),
    reader: new LogReader(connection, timeoutMs),
    following: { watchdogMs, backOffMs: BACK_OFF },
    onError,
  });
  try {
    await store.storeIdentity();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function connectionOf(connectionString: string): Connection {
  try {
    return new Connection(connectionString);
  } catch (error) {
    throw unavailable(withoutSecrets(error));
  }
}

/** The client's message repeats what it could not read, which may be the password. */
const withoutSecrets = (error: unknown): Error =>
  new Error(
    error instanceof Error && /certificate|userCertFile/i.test(error.message)
      ? error.message
      : 'the connection string is not of the form esdb://user:password@host:port?tls=true',
  );
