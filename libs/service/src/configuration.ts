import { hostname } from 'node:os';
import { validateSync } from 'class-validator';
import { ConfigurationError } from './configuration-error.js';
import { chosenAdapters, crossFaults, missingReadModels } from './configuration-faults.js';
import {
  type ConsulSettings,
  consulSettings,
  type KafkaSettings,
  kafkaSettings,
} from './configuration-servers.js';
import { findSettings } from './configuration-sources.js';
import type { ServiceName } from './service-name.js';
import type { ServiceOptions } from './service-options.js';
import type { AdapterOf, LogLevel } from './settings.js';
import { Settings } from './settings.js';

/** Every process of one host can run with the defaults side by side. */
export const PROBE_PORTS: Readonly<Record<ServiceName, number>> = {
  query: 16020,
  command: 16021,
  projection: 16022,
  scheduler: 16023,
  worker: 16024,
  standalone: 16025,
};

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Configuration {
  readonly service: ServiceName;
  readonly instance: string;
  /** Secret. Absent where nothing of the service's is in PostgreSQL, or the host gave the ports: `requireDatabaseUrl`. */
  readonly databaseUrl?: string;
  /** Secret. Absent unless it was given: `requireEventStoreDbUrl`. */
  readonly eventStoreDbUrl?: string;
  /** Holds a secret. Absent unless brokers were given: `requireKafka`. */
  readonly kafka?: KafkaSettings;
  /** Holds a secret. Absent unless an address was given: `requireConsul`. */
  readonly consul?: ConsulSettings;
  readonly adapters: AdapterOf;
  readonly http: Endpoint;
  readonly grpc: Endpoint;
  readonly probe: Endpoint;
  /** `host:port` of `command`'s gRPC. */
  readonly commandAddress: string;
  /** Secret. Absent only where control.v1 stays on this host. */
  readonly controlToken?: string;
  readonly logLevel: LogLevel;
  readonly graphqlIntrospection: boolean;
  readonly secrets: { readonly envPrefix: string; readonly filesBelow: string };
  readonly leaseTtlMs: number;
  readonly schedulerTickMs: number;
  readonly agentTimeoutMs: number;
  readonly queuePartitions: number;
  readonly workerConcurrency: number;
  readonly shutdownWithinMs: number;
}

/**
 * Reads the environment and the optional YAML file that REPLICANTE_CONFIG names; the environment wins.
 * Throws one `ConfigurationError` with every fault. A setting that is set and empty counts as not set.
 */
export function readConfiguration(options: ServiceOptions, service: ServiceName): Configuration {
  const { values, faults, ...found } = findSettings(options.environment);
  const settings = Object.assign(new Settings(), values);
  const invalid = validateSync(settings).flatMap(error => Object.values(error.constraints ?? {}).slice(0, 1));
  const across = crossFaults({ settings, service, ports: options.ports, ...found });
  const all = [...faults, ...invalid, ...across];
  if (all.length > 0) throw new ConfigurationError(all);

  const kafka = kafkaSettings(settings);
  const consul = consulSettings(settings);
  return {
    service,
    instance: settings.INSTANCE_NAME ?? `${service}.${hostname()}.${process.pid}`,
    ...(settings.DATABASE_URL === undefined ? {} : { databaseUrl: settings.DATABASE_URL }),
    ...(settings.EVENTSTOREDB_URL === undefined ? {} : { eventStoreDbUrl: settings.EVENTSTOREDB_URL }),
    ...(kafka === undefined ? {} : { kafka }),
    ...(consul === undefined ? {} : { consul }),
    adapters: chosenAdapters(settings),
    http: { host: settings.HTTP_HOST, port: settings.HTTP_PORT },
    grpc: { host: settings.GRPC_HOST, port: settings.GRPC_PORT },
    probe: { host: settings.PROBE_HOST, port: settings.PROBE_PORT ?? PROBE_PORTS[service] },
    commandAddress: settings.COMMAND_ADDRESS,
    ...(settings.CONTROL_TOKEN === undefined ? {} : { controlToken: settings.CONTROL_TOKEN }),
    logLevel: settings.LOG_LEVEL,
    graphqlIntrospection: settings.GRAPHQL_INTROSPECTION,
    secrets: { envPrefix: settings.SECRET_ENV_PREFIX, filesBelow: settings.SECRET_FILES_BELOW },
    leaseTtlMs: settings.LEASE_TTL_MS,
    schedulerTickMs: settings.SCHEDULER_TICK_MS,
    agentTimeoutMs: settings.AGENT_TIMEOUT_MS,
    queuePartitions: settings.QUEUE_PARTITIONS,
    workerConcurrency: settings.WORKER_CONCURRENCY,
    shutdownWithinMs: settings.SHUTDOWN_WITHIN_MS,
  };
}

/** For services whose read models live in PostgreSQL whatever the adapters are. */
export const requireDatabaseUrl = ({ databaseUrl, service }: Configuration): string =>
  required(databaseUrl, missingReadModels(service));

/** For the adapters that `readConfiguration` let through only with their addresses. */
export const requireEventStoreDbUrl = ({ eventStoreDbUrl }: Configuration): string =>
  required(eventStoreDbUrl, 'EVENTSTOREDB_URL is missing');
export const requireKafka = ({ kafka }: Configuration): KafkaSettings =>
  required(kafka, 'KAFKA_BROKERS is missing');
export const requireConsul = ({ consul }: Configuration): ConsulSettings =>
  required(consul, 'CONSUL_HTTP_ADDR is missing');

function required<T>(value: T | undefined, fault: string): T {
  if (value === undefined) throw new ConfigurationError([fault]);
  return value;
}

/** A URL or message with its password hidden, for logs and errors. */
export const maskSecrets = (text: string): string =>
  text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:****@');
