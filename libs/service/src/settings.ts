import 'reflect-metadata';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';

/** What each port can be bound to; `open-adapters.ts` has one entry per name. */
export const EVENT_STORES = ['postgres', 'eventstoredb', 'memory'] as const;
export const EVENT_BUSES = ['postgres', 'kafka', 'memory'] as const;
export const TASK_QUEUES = ['postgres', 'kafka', 'memory'] as const;
export const COORDINATORS = ['postgres', 'consul', 'memory'] as const;
export type EventStoreName = (typeof EVENT_STORES)[number];
export type EventBusName = (typeof EVENT_BUSES)[number];
export type TaskQueueName = (typeof TASK_QUEUES)[number];
export type CoordinatorName = (typeof COORDINATORS)[number];

/** The adapter chosen for each port. */
export interface AdapterOf {
  readonly eventStore: EventStoreName;
  readonly eventBus: EventBusName;
  readonly taskQueue: TaskQueueName;
  readonly coordinator: CoordinatorName;
}
export type AdapterName = AdapterOf[keyof AdapterOf];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

const oneOf = (names: readonly string[]) => ({
  message: `$property is '$value': no such adapter; choose one of ${names.join(', ')}`,
});
const port = { message: '$property must be a port between 0 (any free one) and 65535' };
const bool = { message: '$property must be true or false' };
const HOST_PORT = String.raw`(\[[0-9a-fA-F:]+\]|[^\s:/,@]+):\d{1,5}`;

/** Settings as written in the environment or the YAML file, by the same names. The environment wins. */
export class Settings {
  /** Secret: carries a password. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/.+/, {
    message: 'DATABASE_URL must look like postgres://user:password@host:port/database',
  })
  DATABASE_URL?: string;

  @IsIn(EVENT_STORES, oneOf(EVENT_STORES)) EVENT_STORE: EventStoreName = 'postgres';
  @IsIn(EVENT_BUSES, oneOf(EVENT_BUSES)) EVENT_BUS: EventBusName = 'postgres';
  @IsIn(TASK_QUEUES, oneOf(TASK_QUEUES)) TASK_QUEUE: TaskQueueName = 'postgres';
  @IsIn(COORDINATORS, oneOf(COORDINATORS)) COORDINATOR: CoordinatorName = 'postgres';

  /** Secret: carries a password. Credentials belong into it: without them its client cannot append in batches. */
  @IsOptional()
  @Matches(/^esdb(\+discover)?:\/\/[^\s/]\S*$/, {
    message: 'EVENTSTOREDB_URL must look like esdb://user:password@host:port or esdb+discover://…',
  })
  EVENTSTOREDB_URL?: string;

  @IsOptional()
  @Matches(new RegExp(String.raw`^${HOST_PORT}(\s*,\s*${HOST_PORT})*$`), {
    message: 'KAFKA_BROKERS must be host:port, or several with commas between them',
  })
  KAFKA_BROKERS?: string;
  @IsBoolean(bool) KAFKA_SSL = false;
  @IsOptional()
  @IsIn(SASL_MECHANISMS, { message: `KAFKA_SASL_MECHANISM must be one of ${SASL_MECHANISMS.join(', ')}` })
  KAFKA_SASL_MECHANISM?: SaslMechanism;
  @IsOptional() @IsString() @MinLength(1) KAFKA_SASL_USERNAME?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(1) KAFKA_SASL_PASSWORD?: string;
  /** Every topic begins so. Two suites on one Kafka need two prefixes. */
  @Matches(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/, {
    message:
      'KAFKA_TOPIC_PREFIX must be 1 to 100 of A-Z a-z 0-9 . _ - and begin and end with a letter or digit',
  })
  KAFKA_TOPIC_PREFIX = 'replicante';
  /** Of topics that are made at boot. 1 is one machine; 3 survives the loss of a broker. */
  @IsInt() @Min(1) @Max(32) KAFKA_REPLICATION_FACTOR = 1;
  /** Of each topic of events. Fixed for the life of the topics: another count puts a key on another partition. */
  @IsInt() @Min(1) @Max(1_024) KAFKA_BUS_PARTITIONS = 16;
  /** How long topics of events keep them. The event store keeps them for ever. */
  @IsInt() @Min(1) @Max(87_600) KAFKA_RETENTION_HOURS = 168;

  @IsOptional()
  @Matches(new RegExp(String.raw`^(https?://)?${HOST_PORT}/?$`), {
    message: 'CONSUL_HTTP_ADDR must be host:port, http://host:port or https://host:port',
  })
  CONSUL_HTTP_ADDR?: string;
  /** Secret. */
  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,512}$/, {
    message: 'CONSUL_HTTP_TOKEN must be 1 to 512 printable characters without spaces',
  })
  CONSUL_HTTP_TOKEN?: string;
  /** Every key begins so. Two suites on one Consul need two prefixes. */
  @Matches(/^[A-Za-z0-9._-]{1,64}(\/[A-Za-z0-9._-]{1,64}){0,3}$/, {
    message: 'CONSUL_PREFIX must be 1 to 4 segments of A-Z a-z 0-9 . _ - with slashes between them',
  })
  CONSUL_PREFIX = 'replicante';

  @IsString() @MinLength(1) HTTP_HOST = '127.0.0.1';
  @IsInt(port) @Min(0, port) @Max(65535, port) HTTP_PORT = 16016;
  @IsString() @MinLength(1) GRPC_HOST = '127.0.0.1';
  @IsInt(port) @Min(0, port) @Max(65535, port) GRPC_PORT = 16017;
  @IsString() @MinLength(1) PROBE_HOST = '127.0.0.1';
  /** Default by service, `PROBE_PORTS`. */
  @IsOptional() @IsInt(port) @Min(0, port) @Max(65535, port) PROBE_PORT?: number;
  /** Where `command` answers gRPC, for `worker`: a name, or the addresses of several. Calls are spread over all. */
  @Matches(
    new RegExp(String.raw`^(${HOST_PORT}|(\d{1,3}\.){3}\d{1,3}:\d{1,5}(,(\d{1,3}\.){3}\d{1,3}:\d{1,5})+)$`),
    {
      message:
        '$property must be host:port, such as 127.0.0.1:16017, or several ip:port with commas between them',
    },
  )
  COMMAND_ADDRESS = '127.0.0.1:16017';

  /** Secret: who calls control.v1 directs fences and effects. The same for `command` and its workers. */
  @IsOptional()
  @Matches(/^[\x21-\x7e]{16,512}$/, {
    message: 'CONTROL_TOKEN must be 16 to 512 printable characters without spaces',
  })
  CONTROL_TOKEN?: string;

  /** Default: host and process id. */
  @IsOptional()
  @Matches(/^[\w.:-]{1,128}$/, { message: 'INSTANCE_NAME must be 1 to 128 of A-Z a-z 0-9 . _ : -' })
  INSTANCE_NAME?: string;
  @IsIn(LOG_LEVELS, { message: `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}` }) LOG_LEVEL: LogLevel =
    'info';

  /** Whether `query` answers GraphQL introspection. On by default: the schema is published anyway. */
  @IsBoolean(bool) GRAPHQL_INTROSPECTION = true;

  /** What manifests may name by {fromEnv} begins so. */
  @IsString() @MinLength(1) SECRET_ENV_PREFIX = 'REPLICANTE_';
  /** What manifests may name by {fromFile} lies below this folder. */
  @Matches(/^\//, { message: 'SECRET_FILES_BELOW must be an absolute path' }) SECRET_FILES_BELOW =
    '/run/secrets';

  @IsInt() @Min(500) @Max(600_000) LEASE_TTL_MS = 10_000;
  @IsInt() @Min(10) @Max(60_000) SCHEDULER_TICK_MS = 250;
  @IsInt() @Min(50) @Max(300_000) AGENT_TIMEOUT_MS = 5_000;
  /** Fixed for the life of the queue. */
  @IsInt() @Min(1) @Max(1_024) QUEUE_PARTITIONS = 16;
  /** Tasks at once in one worker process. */
  @IsInt() @Min(1) @Max(1_024) WORKER_CONCURRENCY = 16;
  /** How long an ordered stop may take in all. */
  @IsInt() @Min(100) @Max(600_000) SHUTDOWN_WITHIN_MS = 10_000;
}

export type SettingName = keyof Settings;
