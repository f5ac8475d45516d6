import type { Coordinator } from '@replicante/coordinator';
import { Counter } from 'prom-client';
import { bindPorts } from './bind-ports.js';
import type { Configuration } from './configuration.js';
import { readConfiguration } from './configuration.js';
import type { Logger } from './logger.js';
import { createLogger, errorKeys } from './logger.js';
import type { BoundPorts, PortName } from './ports.js';
import { Probes } from './probes.js';
import { startProbeServer } from './probe-server.js';
import type { ServiceName } from './service-name.js';
import type { RunningService, ServiceAddresses, ServiceOptions } from './service-options.js';
import { ServiceSession } from './service-session.js';
import { Shutdown } from './shutdown.js';

/** What a service is built from; handed to its `boot`. */
export interface ServiceRuntime {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly probes: Probes;
  /** Register what must end, when it is opened. */
  readonly shutdown: Shutdown;
  /** Opens the named ports (or takes the host's) and registers their closing. */
  readonly ports: <N extends PortName>(...names: readonly N[]) => Promise<BoundPorts<N>>;
  /** The service's session with the coordinator, kept from now on and left at 'release leadership'. Once per service. */
  readonly session: (coordinator: Coordinator) => ServiceSession;
  /** The service cannot go on: a process ends with code 1 after an ordered stop. The first error counts. */
  readonly fail: (error: Error) => void;
}

/**
 * Configuration, logger, probes and shutdown of one service; then `boot`. When `boot` fails, what it opened is closed
 * and its error is thrown. With `probes: 'own-port'` the probe server starts *before* `boot`, so that a slow boot is
 * alive and not ready; the query service serves its probes on its HTTP port and passes `ownProbes: false`.
 */
export async function bootService(
  name: ServiceName,
  options: ServiceOptions,
  boot: (runtime: ServiceRuntime) => Promise<ServiceAddresses>,
  { ownProbes = true }: { readonly ownProbes?: boolean } = {},
): Promise<RunningService> {
  const configuration = readConfiguration(options, name);
  const logger = createLogger(configuration, options.log);
  const hosted = options.probes === 'hosted';
  const probes = new Probes({ service: name, instance: configuration.instance }, { process: !hosted });
  const shutdown = new Shutdown(logger, configuration.shutdownWithinMs);
  let booted = false;
  const adapterFaults = new Counter({
    name: 'replicante_adapter_faults_total',
    help: 'What adapters got over by themselves: faults of servers, and what somebody else wrote to them.',
    labelNames: ['port', 'error_code'],
    registers: [probes.metrics],
  });
  probes.addReadiness('boot', () => {
    if (!booted) throw new Error('the service is starting');
  });
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>(resolve => {
    fail = resolve;
  });

  const stop = (): Promise<void> => {
    probes.stopping();
    return shutdown.run();
  };
  try {
    let addresses: ServiceAddresses = {};
    if (!hosted && ownProbes) {
      const server = await startProbeServer(probes, configuration.probe);
      shutdown.on('close', 'probe server', () => server.close());
      addresses = { probes: server.address };
    }
    const ports = async <N extends PortName>(...names: readonly N[]): Promise<BoundPorts<N>> => {
      const bound = await bindPorts(options.ports, configuration, names, (port, error) => {
        const told = errorKeys(error);
        adapterFaults.inc({ port, error_code: told.error_code ?? 'unknown' });
        logger.warn({ port, ...told }, 'an adapter goes on after a fault');
      });
      shutdown.on('close', `ports ${names.join(', ')}`, () => bound.close());
      return bound;
    };
    const session = (coordinator: Coordinator): ServiceSession => {
      const { instance, leaseTtlMs: ttlMs } = configuration;
      const kept = new ServiceSession({ coordinator, service: name, instance, ttlMs, logger });
      shutdown.on('release leadership', 'coordinator session', () => kept.close());
      kept.start();
      return kept;
    };
    const runtime = { configuration, logger, probes, shutdown, ports, session, fail };
    addresses = { ...addresses, ...(await boot(runtime)) };
    booted = true;
    return { name, instance: configuration.instance, probes, addresses, stop, failed };
  } catch (error) {
    await stop();
    throw error;
  }
}
