import { ReadModels } from '@replicante/read-models';
import type { TestPostgres } from '@replicante/testing';
import { pssMb } from '../rig/pss.js';
import type { ServiceProcess } from '../rig/service-process.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import { until } from '../rig/wait.js';
import type { BusAddress } from './bus-address.js';
import type { FleetAdapters, Server } from './fleet-servers.js';
import { ON_POSTGRES, startFleetServers } from './fleet-servers.js';
import type { SeededFleet } from './seed-fleet.js';
import { seedFleet } from './seed-fleet.js';

export const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'] as const;
export type Service = (typeof SERVICES)[number];
export type CpuSeconds = Readonly<Record<Service | Server, number>>;

export interface Member extends ServiceProcess {
  readonly service: Service;
}

/** The suite as users start it, each service a process, on servers that know the fleet as declared and discovered. */
export interface RunningFleet {
  readonly server: TestPostgres;
  readonly bus: BusAddress;
  readonly isOnDouble: boolean;
  /** The first process of each. */
  readonly services: Readonly<Record<Service, ServiceProcess>>;
  /** Every process that was started, ended ones included. */
  readonly members: readonly Member[];
  /** One more process of a service. */
  add(service: Service): Promise<Member>;
  /** Used so far, by all processes of each. */
  cpu(): CpuSeconds;
  /** Of the largest process of each. */
  pssMb(): Readonly<Record<Service, number>>;
  stop(): Promise<void>;
}

export interface FleetOptions extends SeededFleet {
  /** Default: PostgreSQL for everything. */
  readonly adapters?: FleetAdapters;
  /** Processes of a service; default 1. */
  readonly copies?: Partial<Record<Service, number>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A seeded fleet is to be in the read models within so long. */
const READ_WITHIN_MS = 60_000;

export async function startFleet(options: FleetOptions): Promise<RunningFleet> {
  const servers = await startFleetServers(options.adapters ?? ON_POSTGRES);
  const members: Member[] = [];
  const stop = async (): Promise<void> => {
    for (const { process } of [...members].reverse()) await process.stop();
    await servers.stop();
  };
  const add = async (service: Service): Promise<Member> => {
    const commands = of('command').map(({ addresses }) => addresses.grpc ?? '');
    const member = {
      service,
      ...(await startService(service, {
        ...servers.environment,
        ...options.environment,
        ...(commands.length === 0 ? {} : { COMMAND_ADDRESS: commands.join(',') }),
      })),
    };
    members.push(member);
    return member;
  };
  const of = (service: Service): readonly Member[] => members.filter(member => member.service === service);
  const byService = <T>(figure: (members: readonly Member[]) => T): Record<Service, T> =>
    Object.fromEntries(SERVICES.map(name => [name, figure(of(name))])) as Record<Service, T>;
  const pids = (of: readonly Member[]): readonly number[] => of.map(({ process }) => process.pid);
  try {
    const store = await servers.openEventStore();
    await seedFleet(store, options).finally(() => store.close());
    for (const service of SERVICES) {
      // What a leader does not know yet when it begins is due at once, and not only in its time.
      if (service === 'scheduler') await inReadModels(servers.postgres.url, options.clusters);
      for (let copy = 0; copy < (options.copies?.[service] ?? 1); copy += 1) await add(service);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server: servers.postgres,
    bus: servers.bus,
    isOnDouble: servers.isOnDouble,
    services: byService(([first]) => first) as Record<Service, ServiceProcess>,
    members,
    add,
    cpu: () => ({
      ...byService(all => pids(all).reduce((sum, pid) => sum + cpuSeconds(pid), 0)),
      ...servers.cpu(),
    }),
    pssMb: () => byService(all => Math.max(...pids(all).map(pssMb))),
    stop,
  };
}

async function inReadModels(connectionString: string, clusters: number): Promise<void> {
  const models = await ReadModels.open({
    connectionString,
    applicationName: 'bench-fleet',
    maxConnections: 1,
  });
  try {
    await until(
      'the fleet in the read models',
      READ_WITHIN_MS,
      async () => ((await models.schedulableClusters()).length >= clusters ? true : undefined),
      250,
    );
  } finally {
    await models.close();
  }
}
