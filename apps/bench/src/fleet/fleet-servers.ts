import type { EventStore } from '@replicante/event-store';
import { EventStoreError } from '@replicante/event-store';
import { openEventStoreDbEventStore } from '@replicante/event-store-eventstoredb';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { freePort } from '@replicante/processes';
import type { StartedServer } from '@replicante/servers';
import { startConsul, startEventStoreDbDouble, startKafka } from '@replicante/servers';
import type { TestPostgres } from '@replicante/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDurablePostgres } from '../rig/database.js';
import { postgresCpuSeconds } from '../rig/postgres-cpu.js';
import { cpuSeconds } from '../rig/service-process.js';
import { until } from '../rig/wait.js';
import type { BusAddress } from './bus-address.js';

/** What a fleet's services are bound to. Read models are always in PostgreSQL. */
export interface FleetAdapters {
  readonly eventStore: 'postgres' | 'eventstoredb';
  /** Of the event bus and of the task queue. */
  readonly bus: 'postgres' | 'kafka';
  readonly coordinator: 'postgres' | 'consul';
}

export const ON_POSTGRES: FleetAdapters = {
  eventStore: 'postgres',
  bus: 'postgres',
  coordinator: 'postgres',
};

export const SERVERS = ['PostgreSQL', 'Kafka', 'Consul', 'EventStoreDB'] as const;
export type Server = (typeof SERVERS)[number];

export interface FleetServers {
  readonly postgres: TestPostgres;
  readonly bus: BusAddress;
  /** Settings that bind a service to them. */
  readonly environment: Readonly<Record<string, string>>;
  /** True when `EVENTSTOREDB_URL` named no server: what is measured on the double is no measurement. */
  readonly isOnDouble: boolean;
  openEventStore(): Promise<EventStore>;
  /** Seconds used so far; 0 for what is not there. */
  cpu(): Readonly<Record<Server, number>>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;

type Started = Partial<Record<Exclude<Server, 'PostgreSQL'>, StartedServer>>;

/** Starts what the adapters need, on data of its own that goes with it. */
export async function startFleetServers(adapters: FleetAdapters): Promise<FleetServers> {
  const given = process.env['EVENTSTOREDB_URL'];
  const isOnDouble = adapters.eventStore === 'eventstoredb' && given === undefined;
  const postgres = await startDurablePostgres();
  const folder = await mkdtemp(join(tmpdir(), 'bench-fleet-'));
  const started: Started = {};
  const stop = async (): Promise<void> => {
    for (const server of Object.values(started)) await server.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    if (adapters.bus === 'kafka') started.Kafka = await startKafka({ directory: join(folder, 'kafka') });
    if (adapters.coordinator === 'consul')
      started.Consul = await startConsul({ directory: join(folder, 'consul') });
    if (isOnDouble)
      started.EventStoreDB = await startEventStoreDbDouble({
        directory: join(folder, 'double'),
        port: await freePort(),
      });
  } catch (error) {
    await stop();
    throw error;
  }
  const eventStoreDb = given ?? `esdb://${started.EventStoreDB?.address}?tls=false`;
  const { Kafka, Consul } = started;
  return {
    postgres,
    isOnDouble,
    bus: Kafka ? { kind: 'kafka', broker: Kafka.address } : { kind: 'postgres', url: postgres.url },
    environment: {
      DATABASE_URL: postgres.url,
      EVENT_STORE: adapters.eventStore,
      EVENT_BUS: adapters.bus,
      TASK_QUEUE: adapters.bus,
      COORDINATOR: adapters.coordinator,
      ...(adapters.eventStore === 'eventstoredb' ? { EVENTSTOREDB_URL: eventStoreDb } : {}),
      ...(Kafka ? { KAFKA_BROKERS: Kafka.address } : {}),
      ...(Consul ? { CONSUL_HTTP_ADDR: Consul.address } : {}),
    },
    openEventStore: () =>
      adapters.eventStore === 'postgres'
        ? openPostgresEventStore({ connectionString: postgres.url })
        : openWhenReady(eventStoreDb),
    cpu: () => {
      const of = (server: StartedServer | undefined): number => (server ? cpuSeconds(server.pid) : 0);
      return {
        PostgreSQL: postgresCpuSeconds(postgres),
        Kafka: of(Kafka),
        Consul: of(Consul),
        EventStoreDB: of(started.EventStoreDB),
      };
    },
    stop,
  };
}

/** One that just began accepts connections and answers for some seconds that it is not ready. */
const openWhenReady = (connectionString: string): Promise<EventStore> =>
  until(
    'EventStoreDB',
    READY_WITHIN_MS,
    async () => {
      try {
        return await openEventStoreDbEventStore({ connectionString });
      } catch (error) {
        if (error instanceof EventStoreError && error.code === 'UNAVAILABLE') return undefined;
        throw error;
      }
    },
    250,
  );
