import type { Configuration } from './configuration.js';
import { requireDatabaseUrl } from './configuration.js';
import type { PortName, Ports } from './ports.js';

type Open<N extends PortName> = (
  configuration: Configuration,
  onError: (error: unknown) => void,
) => Promise<Ports[N]>;
type Adapters<N extends PortName> = Readonly<Record<Configuration['adapters'][N], Open<N>>>;

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
    memory: async () => (await import('@replicante/event-store-memory')).memoryEventStore(),
  },
  eventBus: {
    postgres: async (configuration, onError) => {
      const { openPostgresEventBus } = await import('@replicante/event-bus-postgres');
      return openPostgresEventBus({ connectionString: requireDatabaseUrl(configuration), onError });
    },
    memory: async () => (await import('@replicante/event-bus-memory')).memoryEventBus(),
  },
  taskQueue: {
    postgres: async (configuration, onError) => {
      const { openPostgresTaskQueue } = await import('@replicante/task-queue-postgres');
      return openPostgresTaskQueue({
        connectionString: requireDatabaseUrl(configuration),
        settings: { partitions: configuration.queuePartitions },
        onError,
      });
    },
    memory: async configuration =>
      (await import('@replicante/task-queue-memory')).memoryTaskQueue({
        settings: { partitions: configuration.queuePartitions },
      }),
  },
  coordinator: {
    postgres: async (configuration, onError) => {
      const { openPostgresCoordinator } = await import('@replicante/coordinator-postgres');
      return openPostgresCoordinator({ connectionString: requireDatabaseUrl(configuration), onError });
    },
    memory: async (_configuration, onError) =>
      (await import('@replicante/coordinator-memory')).memoryCoordinator({ onError }),
  },
};
