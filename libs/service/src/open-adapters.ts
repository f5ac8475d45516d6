import type { Configuration } from './configuration.js';
import { requireConsul, requireDatabaseUrl, requireEventStoreDbUrl, requireKafka } from './configuration.js';
import { kafkaName } from './configuration-servers.js';
import type { PortName, Ports } from './ports.js';

type Open<N extends PortName> = (
  configuration: Configuration,
  onError: (error: unknown) => void,
) => Promise<Ports[N]>;
type Adapters<N extends PortName> = Readonly<Record<Configuration['adapters'][N], Open<N>>>;

/**
 * A task whose consumer fell silent comes back after three lives of a lease: later than its successor may have the
 * partition's lease, and no later than needed, since nobody works on that key meanwhile.
 */
const queueSettings = ({ queuePartitions, leaseTtlMs }: Configuration) => ({
  partitions: queuePartitions,
  visibilityMs: 3 * leaseTtlMs,
});

/** What every adapter on Kafka is told of it. */
const kafkaOf = (configuration: Configuration) => {
  const { brokers, ssl, sasl, replicationFactor } = requireKafka(configuration);
  return { brokers, ssl, replicationFactor, ...(sasl === undefined ? {} : { sasl }) };
};

/**
 * The registration of adapters: port × name. Each is loaded when it is named, so that a driver which nobody chose is
 * never loaded. A name missing here is a type error, as `settings.ts` lists the names.
 */
export const ADAPTERS: { readonly [N in PortName]: Adapters<N> } = {
  eventStore: {
    postgres: async configuration => {
      const { openPostgresEventStore } = await import('@replicante/event-store-postgres');
      return openPostgresEventStore({
        connectionString: requireDatabaseUrl(configuration),
        applicationName: `${configuration.service}-event-store`,
      });
    },
    eventstoredb: async (configuration, onError) => {
      const { openEventStoreDbEventStore } = await import('@replicante/event-store-eventstoredb');
      return openEventStoreDbEventStore({
        connectionString: requireEventStoreDbUrl(configuration),
        onError,
      });
    },
    memory: async () => (await import('@replicante/event-store-memory')).memoryEventStore(),
  },
  eventBus: {
    postgres: async (configuration, onError) => {
      const { openPostgresEventBus } = await import('@replicante/event-bus-postgres');
      return openPostgresEventBus({ connectionString: requireDatabaseUrl(configuration), onError });
    },
    kafka: async (configuration, onError) => {
      const { openKafkaEventBus } = await import('@replicante/event-bus-kafka');
      const kafka = requireKafka(configuration);
      const named = (name: string): string => kafkaName(kafka, name);
      return openKafkaEventBus({
        ...kafkaOf(configuration),
        clientId: `${configuration.service}-event-bus`,
        topicName: named,
        groupName: named,
        partitions: kafka.busPartitions,
        retentionMs: kafka.retentionMs,
        onError,
      });
    },
    memory: async () => (await import('@replicante/event-bus-memory')).memoryEventBus(),
  },
  taskQueue: {
    postgres: async (configuration, onError) => {
      const { openPostgresTaskQueue } = await import('@replicante/task-queue-postgres');
      return openPostgresTaskQueue({
        connectionString: requireDatabaseUrl(configuration),
        settings: queueSettings(configuration),
        onError,
      });
    },
    kafka: async (configuration, onError) => {
      const { openKafkaTaskQueue } = await import('@replicante/task-queue-kafka');
      return openKafkaTaskQueue({
        ...kafkaOf(configuration),
        topicPrefix: requireKafka(configuration).topicPrefix,
        settings: queueSettings(configuration),
        onError,
      });
    },
    memory: async configuration =>
      (await import('@replicante/task-queue-memory')).memoryTaskQueue({
        settings: queueSettings(configuration),
      }),
  },
  coordinator: {
    postgres: async (configuration, onError) => {
      const { openPostgresCoordinator } = await import('@replicante/coordinator-postgres');
      return openPostgresCoordinator({ connectionString: requireDatabaseUrl(configuration), onError });
    },
    consul: async (configuration, onError) => {
      const { openConsulCoordinator } = await import('@replicante/coordinator-consul');
      const { url, token, prefix } = requireConsul(configuration);
      return openConsulCoordinator({
        address: url,
        ...(token === undefined ? {} : { token }),
        prefix,
        onError,
      });
    },
    memory: async (_configuration, onError) =>
      (await import('@replicante/coordinator-memory')).memoryCoordinator({ onError }),
  },
};
