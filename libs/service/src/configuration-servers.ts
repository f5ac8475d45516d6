import type { SaslMechanism, Settings } from './settings.js';

/** One shape per mechanism, as kafkajs has them. */
export type SaslSettings = {
  [M in SaslMechanism]: { readonly mechanism: M; readonly username: string; readonly password: string };
}[SaslMechanism];

export interface KafkaSettings {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  /** Holds a secret. */
  readonly sasl?: SaslSettings;
  readonly topicPrefix: string;
  readonly replicationFactor: number;
  readonly busPartitions: number;
  readonly retentionMs: number;
}

export interface ConsulSettings {
  /** `http://127.0.0.1:8500`, without a slash at the end. */
  readonly url: string;
  /** Secret. */
  readonly token?: string;
  readonly prefix: string;
}

const MS_PER_HOUR = 3_600_000;

/** Of settings that are in order; `undefined` when no broker was given. */
export function kafkaSettings(settings: Settings): KafkaSettings | undefined {
  if (settings.KAFKA_BROKERS === undefined) return undefined;
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = settings;
  const { KAFKA_SASL_PASSWORD: password } = settings;
  const sasl =
    mechanism !== undefined && username !== undefined && password !== undefined
      ? { sasl: { mechanism, username, password } }
      : {};
  return {
    brokers: settings.KAFKA_BROKERS.split(',').map(broker => broker.trim()),
    ssl: settings.KAFKA_SSL,
    ...sasl,
    topicPrefix: settings.KAFKA_TOPIC_PREFIX,
    replicationFactor: settings.KAFKA_REPLICATION_FACTOR,
    busPartitions: settings.KAFKA_BUS_PARTITIONS,
    retentionMs: settings.KAFKA_RETENTION_HOURS * MS_PER_HOUR,
  };
}

/** Of settings that are in order; `undefined` when no address was given. */
export function consulSettings(settings: Settings): ConsulSettings | undefined {
  const { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token, CONSUL_PREFIX: prefix } = settings;
  if (address === undefined) return undefined;
  const url = (/^https?:\/\//.test(address) ? address : `http://${address}`).replace(/\/$/, '');
  return { url, ...(token === undefined ? {} : { token }), prefix };
}

/** What topics and groups of the ports are called without a prefix of their own. */
const DEFAULT_PREFIX = 'replicante';

/**
 * Kafka's name for a topic or group of a port: `replicante.cluster` → `<prefix>.cluster`, `gateway` → `<prefix>.gateway`.
 * docs/asyncapi.yaml tells outsiders the former.
 */
export const kafkaName = ({ topicPrefix }: Pick<KafkaSettings, 'topicPrefix'>, name: string): string =>
  name.startsWith(`${DEFAULT_PREFIX}.`)
    ? `${topicPrefix}${name.slice(DEFAULT_PREFIX.length)}`
    : `${topicPrefix}.${name}`;
