import { resolve, sep } from 'node:path';
import type { PortName } from './ports.js';
import { PORT_NAMES } from './ports.js';
import type { ServiceName } from './service-name.js';
import type { ServiceOptions } from './service-options.js';
import type { AdapterName, AdapterOf, SettingName, Settings } from './settings.js';
import type { SecretSettingName } from './settings-kinds.js';
import { SECRET_SETTINGS, secretFileSetting } from './settings-kinds.js';
import { ADAPTER_SETTINGS, PORTS_OF, READ_MODEL_SERVICES } from './settings-of.js';

export const chosenAdapters = (settings: Settings): AdapterOf => ({
  eventStore: settings.EVENT_STORE,
  eventBus: settings.EVENT_BUS,
  taskQueue: settings.TASK_QUEUE,
  coordinator: settings.COORDINATOR,
});

interface Context {
  readonly settings: Settings;
  readonly service: ServiceName;
  /** The host gives the ports: addresses are the host's concern. */
  readonly ports: ServiceOptions['ports'];
  /** Not had, and told already. */
  readonly unreadable: ReadonlySet<SettingName>;
  /** Where secrets were read from. */
  readonly secretFiles: ReadonlyMap<SecretSettingName, string>;
}

/** What is wrong between settings that are each in order. */
export const crossFaults = (context: Context): readonly string[] =>
  [
    missingDatabase,
    missingServers,
    sharedMemory,
    halfSasl,
    shortLease,
    unguardedControl,
    ownSecretsInReach,
  ].flatMap(rule => rule(context));

const isMissing = ({ settings, unreadable }: Context, name: SettingName): boolean =>
  settings[name] === undefined && !unreadable.has(name);

/** Settings of the ports that this service opens and that are bound to the adapter: `EVENT_BUS`, `TASK_QUEUE`. */
function boundTo({ settings, service, ports }: Context, adapter: AdapterName): readonly string[] {
  if (ports) return [];
  const chosen: Readonly<Record<PortName, AdapterName>> = chosenAdapters(settings);
  return PORTS_OF[service].filter(port => chosen[port] === adapter).map(port => ADAPTER_SETTINGS[port]);
}

function missingDatabase(context: Context): readonly string[] {
  if (!isMissing(context, 'DATABASE_URL')) return [];
  if (boundTo(context, 'postgres').length > 0)
    return [
      'DATABASE_URL is missing: the postgres adapters need postgres://user:password@host:port/database',
    ];
  return READ_MODEL_SERVICES.includes(context.service) ? [missingReadModels(context.service)] : [];
}

export const missingReadModels = (service: ServiceName): string =>
  `DATABASE_URL is missing: '${service}' needs the read models, which are in PostgreSQL whatever the adapters are`;

const SERVERS = [
  ['eventstoredb', 'EVENTSTOREDB_URL', 'esdb://user:password@host:port'],
  ['kafka', 'KAFKA_BROKERS', 'host:port, or several with commas between them'],
  ['consul', 'CONSUL_HTTP_ADDR', 'host:port, http://host:port or https://host:port'],
] as const;

function missingServers(context: Context): readonly string[] {
  return SERVERS.flatMap(([adapter, address, form]) => {
    const bound = boundTo(context, adapter);
    if (bound.length === 0 || !isMissing(context, address)) return [];
    const chosen = `${bound.join(' and ')} ${bound.length > 1 ? 'are' : 'is'} ${adapter}`;
    return [`${chosen} but ${address} is missing: give ${form}`];
  });
}

function sharedMemory({ settings, service, ports }: Context): readonly string[] {
  const chosen: Readonly<Record<PortName, AdapterName>> = chosenAdapters(settings);
  const shared = PORT_NAMES.some(port => chosen[port] === 'memory');
  if (ports || service === 'standalone' || !shared) return [];
  return [
    `the memory adapters hold only within one process: '${service}' alone would share nothing; use postgres`,
  ];
}

/** Of services that speak to Kafka: the others may have what all share, without the password. */
function halfSasl(context: Context): readonly string[] {
  if (boundTo(context, 'kafka').length === 0) return [];
  const credentials = (['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const).filter(name =>
    isMissing(context, name),
  );
  const { KAFKA_SASL_MECHANISM: mechanism } = context.settings;
  if (mechanism === undefined)
    return credentials.length === 2
      ? []
      : ['KAFKA_SASL_MECHANISM is missing: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD alone say not how'];
  return credentials.map(name => `${name} is missing: KAFKA_SASL_MECHANISM is ${mechanism}`);
}

/** Consul refuses sessions below it (servers.md, "Consul"). */
const CONSUL_MIN_TTL_MS = 10_000;

/** Refused and not rounded up: whoever asks for 2 s counts on a takeover that Consul would give after 20 s. */
function shortLease(context: Context): readonly string[] {
  const { LEASE_TTL_MS } = context.settings;
  const tooShort = Number.isInteger(LEASE_TTL_MS) && LEASE_TTL_MS < CONSUL_MIN_TTL_MS;
  if (boundTo(context, 'consul').length === 0 || !tooShort) return [];
  return [
    `LEASE_TTL_MS is ${LEASE_TTL_MS} but COORDINATOR is consul, whose sessions live at least ${CONSUL_MIN_TTL_MS} ms and are freed after up to twice that: give ${CONSUL_MIN_TTL_MS} or more, or use another coordinator`,
  ];
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/;

function unguardedControl(context: Context): readonly string[] {
  const beyond = beyondThisHost(context.service, context.settings);
  if (beyond === undefined || !isMissing(context, 'CONTROL_TOKEN')) return [];
  return [
    `CONTROL_TOKEN is missing: ${beyond} is no loopback address, and whoever reaches control.v1 there could direct the workers; give 'command' and its workers one secret`,
  ];
}

/** Where control.v1 is served or called, when that is not this host alone. */
function beyondThisHost(service: ServiceName, settings: Settings): string | undefined {
  const { GRPC_HOST, COMMAND_ADDRESS } = settings;
  if (service === 'command') return LOOPBACK.test(GRPC_HOST) ? undefined : `GRPC_HOST=${GRPC_HOST}`;
  if (service !== 'worker') return undefined;
  // Not yet known to be in order: a YAML file may have a number here.
  return LOOPBACK.test(String(COMMAND_ADDRESS).replace(/:\d+$/, ''))
    ? undefined
    : `COMMAND_ADDRESS=${COMMAND_ADDRESS}`;
}

/**
 * Whoever applies a manifest chooses the reference and the address it is sent to (ADR 8): a secret of the suite's own must
 * not be within reach of either kind of reference.
 */
function ownSecretsInReach({ settings, service, secretFiles }: Context): readonly string[] {
  if (service !== 'worker' && service !== 'standalone') return [];
  const below = resolve(String(settings.SECRET_FILES_BELOW)) + sep;
  const files = [...secretFiles].filter(([, path]) => resolve(path).startsWith(below));
  const prefix = String(settings.SECRET_ENV_PREFIX);
  const variables = SECRET_SETTINGS.filter(name => name.startsWith(prefix));
  return [
    ...files.map(
      ([name, path]) =>
        `${secretFileSetting(name)} is ${path}, which manifests may name: keep it elsewhere, or set SECRET_FILES_BELOW to a folder of its own`,
    ),
    ...(variables.length === 0
      ? []
      : [`SECRET_ENV_PREFIX is ${prefix}: manifests could name ${variables.join(', ')}`]),
  ];
}
