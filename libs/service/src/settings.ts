import 'reflect-metadata';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';

export const ADAPTER_NAMES = ['postgres', 'memory'] as const;
export type AdapterName = (typeof ADAPTER_NAMES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const adapter = {
  message: `$property is '$value': no such adapter; choose one of ${ADAPTER_NAMES.join(', ')}`,
};
const port = { message: '$property must be a port between 0 (any free one) and 65535' };
const hostPort = { message: '$property must be host:port, such as 127.0.0.1:16017' };

/** Settings as written in the environment or the YAML file, by the same names. The environment wins. */
export class Settings {
  /** Secret: carries a password. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/.+/, {
    message: 'DATABASE_URL must look like postgres://user:password@host:port/database',
  })
  DATABASE_URL?: string;

  @IsIn(ADAPTER_NAMES, adapter) EVENT_STORE: AdapterName = 'postgres';
  @IsIn(ADAPTER_NAMES, adapter) EVENT_BUS: AdapterName = 'postgres';
  @IsIn(ADAPTER_NAMES, adapter) TASK_QUEUE: AdapterName = 'postgres';
  @IsIn(ADAPTER_NAMES, adapter) COORDINATOR: AdapterName = 'postgres';

  @IsString() @MinLength(1) HTTP_HOST = '127.0.0.1';
  @IsInt(port) @Min(0, port) @Max(65535, port) HTTP_PORT = 16016;
  @IsString() @MinLength(1) GRPC_HOST = '127.0.0.1';
  @IsInt(port) @Min(0, port) @Max(65535, port) GRPC_PORT = 16017;
  @IsString() @MinLength(1) PROBE_HOST = '127.0.0.1';
  /** Default by service, `PROBE_PORTS`. */
  @IsOptional() @IsInt(port) @Min(0, port) @Max(65535, port) PROBE_PORT?: number;
  /** Where `command` answers gRPC, for `worker` and `query`. */
  @Matches(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, hostPort) COMMAND_ADDRESS = '127.0.0.1:16017';

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
  @IsBoolean({ message: 'GRAPHQL_INTROSPECTION must be true or false' }) GRAPHQL_INTROSPECTION = true;

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

/** Those that are numbers: the environment has only texts. */
export const NUMERIC_SETTINGS: readonly SettingName[] = [
  'HTTP_PORT',
  'GRPC_PORT',
  'PROBE_PORT',
  'LEASE_TTL_MS',
  'SCHEDULER_TICK_MS',
  'AGENT_TIMEOUT_MS',
  'QUEUE_PARTITIONS',
  'WORKER_CONCURRENCY',
  'SHUTDOWN_WITHIN_MS',
];

/** Those that are true or false: likewise. */
export const BOOLEAN_SETTINGS: readonly SettingName[] = ['GRAPHQL_INTROSPECTION'];

export const SETTING_NAMES: readonly SettingName[] = [
  'DATABASE_URL',
  'EVENT_STORE',
  'EVENT_BUS',
  'TASK_QUEUE',
  'COORDINATOR',
  'HTTP_HOST',
  'GRPC_HOST',
  'PROBE_HOST',
  'COMMAND_ADDRESS',
  'CONTROL_TOKEN',
  'INSTANCE_NAME',
  'LOG_LEVEL',
  'SECRET_ENV_PREFIX',
  'SECRET_FILES_BELOW',
  ...BOOLEAN_SETTINGS,
  ...NUMERIC_SETTINGS,
];
