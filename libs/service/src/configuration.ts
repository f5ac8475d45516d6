import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { validateSync } from 'class-validator';
import { parse } from 'yaml';
import { ConfigurationError } from './configuration-error.js';
import type { ServiceName } from './service-name.js';
import type { ServiceOptions } from './service-options.js';
import { BOOLEAN_SETTINGS, NUMERIC_SETTINGS, SETTING_NAMES, Settings } from './settings.js';
import type { AdapterName, LogLevel } from './settings.js';

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
  /** Secret. Absent only when the host gave the ports, or all adapters are in memory: `requireDatabaseUrl`. */
  readonly databaseUrl?: string;
  readonly adapters: {
    readonly eventStore: AdapterName;
    readonly eventBus: AdapterName;
    readonly taskQueue: AdapterName;
    readonly coordinator: AdapterName;
  };
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
  const faults: string[] = [];
  const settings = new Settings();
  Object.assign(settings, fromFile(options.environment['REPLICANTE_CONFIG'], faults));
  Object.assign(settings, fromEnvironment(options.environment));
  for (const error of validateSync(settings))
    faults.push(...Object.values(error.constraints ?? {}).slice(0, 1));

  const adapters = [settings.EVENT_STORE, settings.EVENT_BUS, settings.TASK_QUEUE, settings.COORDINATOR];
  if (!options.ports && settings.DATABASE_URL === undefined && adapters.includes('postgres'))
    faults.push(
      'DATABASE_URL is missing: the postgres adapters need postgres://user:password@host:port/database',
    );
  if (!options.ports && service !== 'standalone' && adapters.includes('memory'))
    faults.push(
      `the memory adapters hold only within one process: '${service}' alone would share nothing; use postgres`,
    );
  const beyond = beyondThisHost(service, settings);
  if (settings.CONTROL_TOKEN === undefined && beyond !== undefined)
    faults.push(
      `CONTROL_TOKEN is missing: ${beyond} is no loopback address, and whoever reaches control.v1 there could direct the workers; give 'command' and its workers one secret`,
    );
  if (faults.length > 0) throw new ConfigurationError(faults);

  return {
    service,
    instance: settings.INSTANCE_NAME ?? `${service}.${hostname()}.${process.pid}`,
    ...(settings.DATABASE_URL === undefined ? {} : { databaseUrl: settings.DATABASE_URL }),
    adapters: {
      eventStore: settings.EVENT_STORE,
      eventBus: settings.EVENT_BUS,
      taskQueue: settings.TASK_QUEUE,
      coordinator: settings.COORDINATOR,
    },
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

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/;

/** Where control.v1 is served or called, when that is not this host alone. */
function beyondThisHost(service: ServiceName, settings: Settings): string | undefined {
  const { GRPC_HOST, COMMAND_ADDRESS } = settings;
  if (service === 'command') return LOOPBACK.test(GRPC_HOST) ? undefined : `GRPC_HOST=${GRPC_HOST}`;
  if (service !== 'worker') return undefined;
  return LOOPBACK.test(COMMAND_ADDRESS.replace(/:\d+$/, ''))
    ? undefined
    : `COMMAND_ADDRESS=${COMMAND_ADDRESS}`;
}

/** For services whose read models live in PostgreSQL whatever the adapters are. */
export function requireDatabaseUrl(configuration: Configuration): string {
  if (configuration.databaseUrl === undefined)
    throw new ConfigurationError([
      `DATABASE_URL is missing: '${configuration.service}' keeps its read models there`,
    ]);
  return configuration.databaseUrl;
}

/** A URL or message with its password hidden, for logs and errors. */
export const maskSecrets = (text: string): string =>
  text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:****@');

function fromEnvironment(environment: ServiceOptions['environment']): Record<string, unknown> {
  const found = SETTING_NAMES.map(name => [name, environment[name]] as const).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return Object.fromEntries(found.map(([name, value]) => [name, typed(name, value)]));
}

/** A text that is no number, or neither true nor false, stays a text, which the validator then names. */
function typed(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if ((NUMERIC_SETTINGS as readonly string[]).includes(name))
    return /^\d+$/.test(value) ? Number(value) : value;
  if ((BOOLEAN_SETTINGS as readonly string[]).includes(name))
    return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function fromFile(path: string | undefined, faults: string[]): Record<string, unknown> {
  if (path === undefined || path === '') return {};
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    faults.push(
      `REPLICANTE_CONFIG: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return {};
  }
  if (document === null || document === undefined) return {};
  if (typeof document !== 'object' || Array.isArray(document)) {
    faults.push(`REPLICANTE_CONFIG: ${path} must be a map of settings, such as LOG_LEVEL: debug`);
    return {};
  }
  const known: readonly string[] = SETTING_NAMES;
  const entries = Object.entries(document);
  for (const [name] of entries)
    if (!known.includes(name)) faults.push(`REPLICANTE_CONFIG: ${path} has the unknown setting '${name}'`);
  return Object.fromEntries(
    entries.filter(([name]) => known.includes(name)).map(([name, v]) => [name, typed(name, v)]),
  );
}
