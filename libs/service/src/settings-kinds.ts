import type { SettingName } from './settings.js';

/** How a text of the environment is read. A secret may also come from a file: `<NAME>_FILE`. */
type SettingKind = 'text' | 'number' | 'boolean' | 'secret';

/** One entry per setting: one that is missing here is a type error. */
const KINDS = {
  DATABASE_URL: 'secret',
  EVENT_STORE: 'text',
  EVENT_BUS: 'text',
  TASK_QUEUE: 'text',
  COORDINATOR: 'text',
  EVENTSTOREDB_URL: 'secret',
  KAFKA_BROKERS: 'text',
  KAFKA_SSL: 'boolean',
  KAFKA_SASL_MECHANISM: 'text',
  KAFKA_SASL_USERNAME: 'text',
  KAFKA_SASL_PASSWORD: 'secret',
  KAFKA_TOPIC_PREFIX: 'text',
  KAFKA_REPLICATION_FACTOR: 'number',
  KAFKA_BUS_PARTITIONS: 'number',
  KAFKA_RETENTION_HOURS: 'number',
  CONSUL_HTTP_ADDR: 'text',
  CONSUL_HTTP_TOKEN: 'secret',
  CONSUL_PREFIX: 'text',
  HTTP_HOST: 'text',
  HTTP_PORT: 'number',
  GRPC_HOST: 'text',
  GRPC_PORT: 'number',
  PROBE_HOST: 'text',
  PROBE_PORT: 'number',
  COMMAND_ADDRESS: 'text',
  CONTROL_TOKEN: 'secret',
  INSTANCE_NAME: 'text',
  LOG_LEVEL: 'text',
  GRAPHQL_INTROSPECTION: 'boolean',
  SECRET_ENV_PREFIX: 'text',
  SECRET_FILES_BELOW: 'text',
  LEASE_TTL_MS: 'number',
  SCHEDULER_TICK_MS: 'number',
  AGENT_TIMEOUT_MS: 'number',
  QUEUE_PARTITIONS: 'number',
  WORKER_CONCURRENCY: 'number',
  SHUTDOWN_WITHIN_MS: 'number',
} as const satisfies Readonly<Record<SettingName, SettingKind>>;

type OfKind<K extends SettingKind> = {
  [N in SettingName]: (typeof KINDS)[N] extends K ? N : never;
}[SettingName];
export type SecretSettingName = OfKind<'secret'>;

export const SETTING_NAMES = Object.keys(KINDS) as readonly SettingName[];

export const SECRET_SETTINGS: readonly SecretSettingName[] = SETTING_NAMES.filter(
  (name): name is SecretSettingName => KINDS[name] === 'secret',
);

/** `DATABASE_URL_FILE`: a file that holds the value, as orchestrators mount secrets. */
export const secretFileSetting = (name: SecretSettingName): `${SecretSettingName}_FILE` => `${name}_FILE`;

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(KINDS, name);

/** A text that is no number, or neither true nor false, stays a text, which the validator then names. */
export function typedSetting(name: SettingName, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (KINDS[name] === 'number') return /^\d+$/.test(value) ? Number(value) : value;
  if (KINDS[name] === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
