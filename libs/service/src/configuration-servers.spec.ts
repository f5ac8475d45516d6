import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from './configuration-error.js';
import { readConfiguration, requireConsul, requireEventStoreDbUrl, requireKafka } from './configuration.js';
import { kafkaName } from './configuration-servers.js';
import type { ServiceName } from './service-name.js';

const faultsOf = (environment: Record<string, string>, service: ServiceName = 'scheduler') => {
  try {
    readConfiguration({ environment }, service);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
};

const full = {
  EVENT_STORE: 'eventstoredb',
  EVENT_BUS: 'kafka',
  TASK_QUEUE: 'kafka',
  COORDINATOR: 'consul',
};
const addresses = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/db',
  EVENTSTOREDB_URL: 'esdb://admin:changeit@127.0.0.1:2113?tls=false',
  KAFKA_BROKERS: 'one:9092, two:9092',
  CONSUL_HTTP_ADDR: '127.0.0.1:8500',
};

describe('the servers of a deployment', () => {
  it('are what their adapters need, in one form, with defaults for the rest', () => {
    const configuration = readConfiguration({ environment: { ...full, ...addresses } }, 'scheduler');
    expect(configuration.adapters).toEqual({
      eventStore: 'eventstoredb',
      eventBus: 'kafka',
      taskQueue: 'kafka',
      coordinator: 'consul',
    });
    expect(requireEventStoreDbUrl(configuration)).toBe(addresses.EVENTSTOREDB_URL);
    expect(requireKafka(configuration)).toEqual({
      brokers: ['one:9092', 'two:9092'],
      ssl: false,
      topicPrefix: 'replicante',
      replicationFactor: 1,
      busPartitions: 16,
      retentionMs: 604_800_000,
    });
    expect(requireConsul(configuration)).toEqual({ url: 'http://127.0.0.1:8500', prefix: 'replicante' });
  });

  it('are told missing all at once, each by the setting that asks for it', () => {
    expect(faultsOf(full)).toEqual([
      expect.stringContaining("DATABASE_URL is missing: 'scheduler' needs the read models"),
      expect.stringContaining('EVENT_STORE is eventstoredb but EVENTSTOREDB_URL is missing: give esdb://'),
      expect.stringContaining(
        'EVENT_BUS and TASK_QUEUE are kafka but KAFKA_BROKERS is missing: give host:port',
      ),
      expect.stringContaining('COORDINATOR is consul but CONSUL_HTTP_ADDR is missing: give host:port'),
    ]);
    expect(faultsOf({ ...addresses, EVENT_BUS: 'kafka', KAFKA_BROKERS: '' })).toEqual([
      expect.stringContaining('EVENT_BUS is kafka but KAFKA_BROKERS is missing'),
    ]);
  });

  it('are asked for only of a service that speaks to them', () => {
    const { KAFKA_BROKERS, CONSUL_HTTP_ADDR, EVENTSTOREDB_URL } = addresses;
    expect(faultsOf({ ...full, KAFKA_BROKERS, CONSUL_HTTP_ADDR }, 'worker')).toEqual([]);
    expect(faultsOf({ ...full, EVENTSTOREDB_URL, CONSUL_HTTP_ADDR }, 'command')).toEqual([]);
  });

  it.each([
    ['EVENTSTOREDB_URL', 'https://admin:changeit@host:2113'],
    ['KAFKA_BROKERS', 'one:9092,two'],
    ['KAFKA_SSL', 'yes'],
    ['KAFKA_SASL_MECHANISM', 'gssapi'],
    ['KAFKA_TOPIC_PREFIX', 'mine/'],
    ['KAFKA_REPLICATION_FACTOR', '0'],
    ['KAFKA_BUS_PARTITIONS', '-1'],
    ['KAFKA_RETENTION_HOURS', 'a week'],
    ['CONSUL_HTTP_ADDR', 'http://user:changeit@consul:8500'],
    ['CONSUL_HTTP_TOKEN', 'changeit changeit'],
    ['CONSUL_PREFIX', '/replicante'],
  ])('refuses %s=%s by its name, and never shows a secret', (name, value) => {
    const faults = faultsOf({ ...full, ...addresses, [name]: value }).filter(fault =>
      fault.startsWith(`${name} `),
    );
    expect(faults).toHaveLength(1);
    expect(faults.join()).not.toContain('changeit');
  });

  it('take a Kafka user whole or not at all', () => {
    const base = { ...full, ...addresses };
    expect(faultsOf({ ...base, KAFKA_SASL_MECHANISM: 'plain' })).toEqual([
      'KAFKA_SASL_USERNAME is missing: KAFKA_SASL_MECHANISM is plain',
      'KAFKA_SASL_PASSWORD is missing: KAFKA_SASL_MECHANISM is plain',
    ]);
    expect(faultsOf({ ...base, KAFKA_SASL_USERNAME: 'u' })).toEqual([
      expect.stringContaining('KAFKA_SASL_MECHANISM is missing'),
    ]);
    expect(faultsOf({ ...base, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' }, 'command')).toEqual(
      [],
    );
    const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'p' };
    const environment = {
      ...base,
      KAFKA_SASL_MECHANISM: sasl.mechanism,
      KAFKA_SASL_USERNAME: sasl.username,
      KAFKA_SASL_PASSWORD: sasl.password,
    };
    expect(requireKafka(readConfiguration({ environment }, 'worker')).sasl).toEqual(sasl);
  });

  it("refuse a lease below Consul's floor instead of stretching it", () => {
    const short = { ...full, ...addresses, LEASE_TTL_MS: '9999' };
    expect(faultsOf(short)).toEqual([
      expect.stringMatching(/^LEASE_TTL_MS is 9999 but COORDINATOR is consul, .*10000 ms .*twice/),
    ]);
    expect(faultsOf({ ...short, COORDINATOR: 'postgres' })).toEqual([]);
  });

  it('of Consul may be an URL, whose slash at the end says nothing', () => {
    const environment = { ...full, ...addresses, CONSUL_HTTP_ADDR: 'https://consul.svc:8501/' };
    const { url } = requireConsul(readConfiguration({ environment }, 'worker'));
    expect(url).toBe('https://consul.svc:8501');
  });

  it('give topics and groups of one suite the prefix that is theirs', () => {
    const names = (topicPrefix: string) =>
      ['replicante.cluster', 'replicante-gateway'].map(name => kafkaName({ topicPrefix }, name));
    expect(names('replicante')).toEqual(['replicante.cluster', 'replicante.replicante-gateway']);
    expect(names('staging')).toEqual(['staging.cluster', 'staging.replicante-gateway']);
  });
});
