import { ConfigurationError } from './configuration-error.js';
import type { Configuration } from './configuration.js';
import { requireDatabaseUrl } from './configuration.js';
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

/** For a name that settings know and nobody bound yet: the boot stops and says so. */
const unbound = (setting: string, name: string) => (): Promise<never> =>
  Promise.reject(new ConfigurationError([`${setting} is ${name}: this build has no such adapter yet`]));

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
    eventstoredb: unbound('EVENT_STORE', 'eventstoredb'),
    memory: async () => (await import('@replicante/event-store-memory')).memoryEventStore(),
  },
  eventBus: {
    postgres: async (configuration, onError) => {
      const { openPostgresEventBus } = await import('@replicante/event-bus-postgres');
      return openPostgresEventBus({ connectionString: requireDatabaseUrl(configuration), onError });
    },
    kafka: unbound('EVENT_BUS', 'kafka'),
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
    kafka: unbound('TASK_QUEUE', 'kafka'),
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
    consul: unbound('COORDINATOR', 'consul'),
    memory: async (_configuration, onError) =>
      (await import('@replicante/coordinator-memory')).memoryCoordinator({ onError }),
  },
};
