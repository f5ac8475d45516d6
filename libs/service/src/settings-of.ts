import type { PortName } from './ports.js';
import { PORT_NAMES } from './ports.js';
import type { ServiceName } from './service-name.js';
import { SERVICE_NAMES } from './service-name.js';
import type { AdapterName, AdapterOf, SettingName } from './settings.js';
import { SETTING_NAMES } from './settings-kinds.js';

/** The ports that each service opens; `tools/deploy.spec.ts` holds this against what the services' code asks for. */
export const PORTS_OF: Readonly<Record<ServiceName, readonly PortName[]>> = {
  command: ['eventStore', 'coordinator'],
  projection: ['eventStore', 'eventBus', 'coordinator'],
  query: ['eventStore', 'eventBus', 'coordinator', 'taskQueue'],
  scheduler: ['eventStore', 'eventBus', 'coordinator', 'taskQueue'],
  worker: ['eventBus', 'coordinator', 'taskQueue'],
  standalone: PORT_NAMES,
};

/** Those that keep or read the read models, which are in PostgreSQL whatever the adapters are. */
export const READ_MODEL_SERVICES: readonly ServiceName[] = ['projection', 'query', 'scheduler'];

/** The setting that chooses a port's adapter. */
export const ADAPTER_SETTINGS = {
  eventStore: 'EVENT_STORE',
  eventBus: 'EVENT_BUS',
  taskQueue: 'TASK_QUEUE',
  coordinator: 'COORDINATOR',
} as const satisfies Readonly<Record<PortName, SettingName>>;

const KAFKA: readonly SettingName[] = [
  'KAFKA_BROKERS',
  'KAFKA_SSL',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_TOPIC_PREFIX',
  'KAFKA_REPLICATION_FACTOR',
];

/** What each adapter of each port is set by: a name missing here is a type error, as in `open-adapters.ts`. */
const ADAPTER_NEEDS: {
  readonly [N in PortName]: Readonly<Record<AdapterOf[N], readonly SettingName[]>>;
} = {
  eventStore: { postgres: ['DATABASE_URL'], eventstoredb: ['EVENTSTOREDB_URL'], memory: [] },
  eventBus: {
    postgres: ['DATABASE_URL'],
    kafka: [...KAFKA, 'KAFKA_BUS_PARTITIONS', 'KAFKA_RETENTION_HOURS'],
    memory: [],
  },
  taskQueue: {
    postgres: ['DATABASE_URL', 'QUEUE_PARTITIONS'],
    kafka: [...KAFKA, 'QUEUE_PARTITIONS'],
    memory: ['QUEUE_PARTITIONS'],
  },
  coordinator: {
    postgres: ['DATABASE_URL'],
    consul: ['CONSUL_HTTP_ADDR', 'CONSUL_HTTP_TOKEN', 'CONSUL_PREFIX'],
    memory: [],
  },
};

const EVERY_SERVICE: readonly SettingName[] = [
  ...Object.values(ADAPTER_SETTINGS),
  'INSTANCE_NAME',
  'LOG_LEVEL',
  'LEASE_TTL_MS',
  'SHUTDOWN_WITHIN_MS',
];
const PROBES: readonly SettingName[] = ['PROBE_HOST', 'PROBE_PORT'];

/** Beside those of its ports. `query` answers its probes on its HTTP port. `command` keeps snapshots in DATABASE_URL. */
const OWN: Readonly<Record<ServiceName, readonly SettingName[]>> = {
  command: [...PROBES, 'DATABASE_URL', 'GRPC_HOST', 'GRPC_PORT', 'CONTROL_TOKEN'],
  projection: [...PROBES, 'DATABASE_URL'],
  query: ['DATABASE_URL', 'HTTP_HOST', 'HTTP_PORT', 'GRAPHQL_INTROSPECTION'],
  scheduler: [...PROBES, 'DATABASE_URL', 'SCHEDULER_TICK_MS'],
  worker: [
    ...PROBES,
    'COMMAND_ADDRESS',
    'CONTROL_TOKEN',
    'SECRET_ENV_PREFIX',
    'SECRET_FILES_BELOW',
    'AGENT_TIMEOUT_MS',
    'WORKER_CONCURRENCY',
  ],
  standalone: SETTING_NAMES,
};

/** Every setting that a service can make use of, whatever its adapters are, in the order of the schema. */
export const SETTINGS_OF: Readonly<Record<ServiceName, readonly SettingName[]>> = Object.fromEntries(
  SERVICE_NAMES.map(service => [service, settingsOf(service)]),
) as Record<ServiceName, readonly SettingName[]>;

/** Likewise when these adapters are chosen: what a deployment has to hand to the service, and no more. */
export function settingsOf(service: ServiceName, chosen?: AdapterOf): readonly SettingName[] {
  const needs = PORTS_OF[service].flatMap(port => {
    const byAdapter: Readonly<Partial<Record<AdapterName, readonly SettingName[]>>> = ADAPTER_NEEDS[port];
    return chosen ? (byAdapter[chosen[port]] ?? []) : Object.values(byAdapter).flat();
  });
  const read = new Set<SettingName>([...EVERY_SERVICE, ...OWN[service], ...needs]);
  return SETTING_NAMES.filter(name => read.has(name));
}
