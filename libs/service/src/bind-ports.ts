import type { Configuration } from './configuration.js';
import { ADAPTERS } from './open-adapters.js';
import type { BoundPorts, PortName, Ports } from './ports.js';
import { PORT_NAMES } from './ports.js';

/** Where the adapters' own, recovered faults go. */
export type OnAdapterError = (port: PortName, error: unknown) => void;

/** The host's ports, or own ones for just these names. `close` ends own ones only: the host closes its own. */
export async function bindPorts<N extends PortName>(
  given: Ports | undefined,
  configuration: Configuration,
  names: readonly N[],
  onError: OnAdapterError = () => undefined,
): Promise<BoundPorts<N>> {
  if (given) return { ...pick(given, names), close: () => Promise.resolve() };
  const opened: Partial<Pick<Ports, PortName>> = {};
  const close = async (): Promise<void> => {
    // All are closed before the first failure is told: one that cannot close must not leak the others' connections.
    const ended = await Promise.allSettled(Object.values(opened).map(port => port.close()));
    const failed = ended.find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  try {
    for (const name of names) await openInto(opened, name, configuration, onError);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...pick(opened as Pick<Ports, N>, names), close };
}

/** All four, for a host of several services. */
export async function openPorts(configuration: Configuration, onError?: OnAdapterError): Promise<Ports> {
  return bindPorts(undefined, configuration, PORT_NAMES, onError);
}

async function openInto<N extends PortName>(
  opened: Partial<Pick<Ports, N>>,
  name: N,
  configuration: Configuration,
  onError: OnAdapterError,
): Promise<void> {
  const adapter = ADAPTERS[name][configuration.adapters[name]];
  opened[name] = await adapter(configuration, error => onError(name, error));
}

const pick = <N extends PortName>(ports: Pick<Ports, N>, names: readonly N[]): Pick<Ports, N> =>
  Object.fromEntries(names.map(name => [name, ports[name]])) as Pick<Ports, N>;
