import type { PlatformEvent } from '@replicante/domain';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import type { TestPostgres } from '@replicante/testing';
import type { Child } from '../rig/child.js';
import { startChild } from '../rig/child.js';
import { startDurablePostgres } from '../rig/database.js';
import { namespaceApplied, NS, specOf } from '../rig/fleet-events.js';
import { postgresCpuSeconds } from '../rig/postgres-cpu.js';
import type { AnyEvent } from '../rig/seed.js';
import { seed } from '../rig/seed.js';
import type { ServiceProcess } from '../rig/service-process.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { FleetShape } from '../simulator/fleet-shape.js';
import { clusterIds, nodeIdOf } from '../simulator/fleet-shape.js';
import type { Simulated, SimulatorRequest } from '../simulator/simulator.child.js';

export type Simulator = Child<SimulatorRequest, Simulated>;
export const startSimulator = (): Simulator =>
  startChild<SimulatorRequest, Simulated>(new URL('../simulator/simulator.child.js', import.meta.url));

export const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'] as const;
export type Service = (typeof SERVICES)[number];
export type CpuSeconds = Readonly<Record<Service | 'PostgreSQL', number>>;

/** The suite as users start it, each service a process, on a database that knows the fleet as declared and discovered. */
export interface RunningFleet {
  readonly server: TestPostgres;
  readonly services: Readonly<Record<Service, ServiceProcess>>;
  /** Used so far. */
  cpu(): CpuSeconds;
  stop(): Promise<void>;
}

export interface FleetOptions extends FleetShape {
  readonly intervalSeconds: number;
  readonly discoverySeconds: number;
  readonly platformUrl: string;
  /** Addresses by cluster, then node: what the last discovery showed. */
  readonly agents: readonly (readonly string[])[];
  readonly environment?: Readonly<Record<string, string>>;
}

const PLATFORM = 'bench';

export async function startFleet(options: FleetOptions): Promise<RunningFleet> {
  const server = await startDurablePostgres();
  const started: [Service, ServiceProcess][] = [];
  const stop = async (): Promise<void> => {
    for (const [, { process }] of [...started].reverse()) await process.stop();
    await server.stop();
  };
  try {
    await seedFleet(server.url, options);
    let environment: Readonly<Record<string, string>> = { DATABASE_URL: server.url, ...options.environment };
    for (const name of SERVICES) {
      const service = await startService(name, environment);
      started.push([name, service]);
      if (name === 'command') environment = { ...environment, COMMAND_ADDRESS: service.addresses.grpc ?? '' };
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const services = Object.fromEntries(started) as Record<Service, ServiceProcess>;
  return {
    server,
    services,
    cpu: () => ({
      ...(Object.fromEntries(started.map(([name, { process }]) => [name, cpuSeconds(process.pid)])) as Record<
        Service,
        number
      >),
      PostgreSQL: postgresCpuSeconds(server),
    }),
    stop,
  };
}

async function seedFleet(url: string, options: FleetOptions): Promise<void> {
  const { agents, nodesPerCluster, intervalSeconds, discoverySeconds, platformUrl } = options;
  const platform: PlatformEvent = {
    type: 'platform.PlatformApplied.v1',
    data: {
      platform: {
        ns_id: NS,
        name: PLATFORM,
        active: true,
        discovery: { interval: discoverySeconds },
        url: {
          base_url: platformUrl,
          tls_ca_bundle: null,
          tls_insecure_skip_verify: false,
          token: null,
        },
      },
    },
  };
  const store = await openPostgresEventStore({ connectionString: url });
  await seed(
    store,
    new Map<string, readonly AnyEvent[]>([
      [namespaceStream(NS), [namespaceApplied]],
      [platformStream(NS, PLATFORM), [platform]],
      ...clusterIds(options).map((id, cluster): [string, AnyEvent[]] => [
        clusterStream(NS, id),
        [
          {
            type: 'cluster.ClusterSpecApplied.v1',
            data: { spec: specOf(id, nodesPerCluster, intervalSeconds), synthetic: false },
          },
          {
            type: 'cluster.DiscoveryRecorded.v1',
            data: {
              before: null,
              platform: { ns_id: NS, name: PLATFORM },
              discovery: {
                ns_id: NS,
                cluster_id: id,
                nodes: (agents[cluster] ?? []).map((agent_address, node) => ({
                  node_id: nodeIdOf(cluster, node),
                  agent_address,
                  node_class: 'small',
                  node_group: 'main',
                })),
              },
            },
          },
        ],
      ]),
    ]),
  );
  await store.close();
}
