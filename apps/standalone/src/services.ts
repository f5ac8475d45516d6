import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { startCommand } from '@replicante/app-command';
import { startProjection } from '@replicante/app-projection';
import { startQuery } from '@replicante/app-query';
import { startScheduler } from '@replicante/app-scheduler';
import { startWorker } from '@replicante/app-worker';
import type { Ports, RunningService, ServiceOptions } from '@replicante/service';
import { openPorts, readConfiguration } from '@replicante/service';
import type { Installation } from './installation.js';
import type { StandaloneOptions } from './options.js';

export interface HostedServices {
  readonly services: readonly RunningService[];
  readonly ports: Ports;
  /** Resolves with the first service that cannot go on. */
  readonly failed: Promise<Error>;
  /** In the reverse order of their start, then the ports: the database stops after them. */
  stop(): Promise<void>;
}

/** The five services in this process, on one set of ports, each with its own registry and probes. */
export async function startServices(
  installation: Pick<Installation, 'logs'>,
  options: Pick<StandaloneOptions, 'httpPort' | 'grpcPort'>,
  databaseUrl: string,
): Promise<HostedServices> {
  const log = createWriteStream(join(installation.logs, 'services.log'), { flags: 'a', mode: 0o600 });
  const environment = {
    LOG_LEVEL: 'info',
    // Only the worker in this process may direct fences; another user of this machine reaches the port as well.
    CONTROL_TOKEN: randomBytes(32).toString('base64url'),
    ...process.env,
    DATABASE_URL: databaseUrl,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(options.httpPort),
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: String(options.grpcPort),
    COMMAND_ADDRESS: `127.0.0.1:${options.grpcPort}`,
  };
  const running: RunningService[] = [];
  const ports = await openPorts(readConfiguration({ environment }, 'standalone'));
  const stop = async (): Promise<void> => {
    for (const service of [...running].reverse()) await service.stop();
    await ports.close();
    await new Promise(resolve => log.end(resolve));
  };
  /** Each is waited for, so that a failure ends all that came up. */
  const together = async (...starting: readonly Promise<RunningService>[]): Promise<void> => {
    const started = await Promise.allSettled(starting);
    running.push(...started.flatMap(s => (s.status === 'fulfilled' ? [s.value] : [])));
    for (const s of started) if (s.status === 'rejected') throw s.reason;
  };
  const each: ServiceOptions = { environment, ports, probes: 'hosted', log };
  try {
    running.push(await startCommand(each));
    // Two and two: they wait for the database more than they work. The scheduler reads the rows that projection makes
    // first; before there are any it would try again later.
    await together(startProjection(each), startQuery({ ...each, hostedProbes: () => running }));
    await together(startScheduler(each), startWorker(each));
  } catch (error) {
    await stop();
    throw error;
  }
  return { services: running, ports, failed: Promise.race(running.map(s => s.failed)), stop };
}
