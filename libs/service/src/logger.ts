import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import type { Configuration } from './configuration.js';
import { maskSecrets } from './configuration.js';

/** JSON lines. Conventional keys: ns_id, cluster_id, node_id, action_id, task_id, error_msg, error_cause, error_trail. */
export type Logger = PinoLogger;

/** One per service: `service` and `instance` stand on every line. Default destination: stdout. */
export function createLogger(
  configuration: Pick<Configuration, 'service' | 'instance' | 'logLevel'>,
  destination?: DestinationStream,
): Logger {
  const options = {
    level: configuration.logLevel,
    base: { service: configuration.service, instance: configuration.instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

export interface ErrorKeys {
  readonly error_msg: string;
  readonly error_code?: string;
  readonly error_cause?: string;
  readonly error_trail?: readonly string[];
}

const MAX_TRAIL = 10;

/** An error under the log's conventional keys (domain-reference §13.6), passwords in URLs hidden. */
export function errorKeys(error: unknown): ErrorKeys {
  const trail: string[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && trail.length < MAX_TRAIL) {
    trail.push(maskSecrets(messageOf(current)));
    current = current instanceof Error ? current.cause : undefined;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return {
    error_msg: trail[0] ?? 'unknown error',
    ...(code === undefined ? {} : { error_code: code }),
    ...(trail.length > 1 ? { error_cause: trail[trail.length - 1] ?? '', error_trail: trail.slice(1) } : {}),
  };
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? typeof thrown);
}
