import type { Ports } from './ports.js';
import type { Probes } from './probes.js';
import type { ServiceName } from './service-name.js';

export interface ServiceOptions {
  /** Settings by name (`DATABASE_URL`, …); the process's environment, or what a host chose for this service. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shared by a host of several services, who also closes them. Absent: opened from the configuration. */
  readonly ports?: Ports;
  /** `own-port` (default): serves /livez, /readyz, /metrics by itself. `hosted`: the host serves them. */
  readonly probes?: 'own-port' | 'hosted';
  /** Where log lines go; default stdout. A host whose terminal shows something else gives a file. */
  readonly log?: { write(line: string): void };
}

export interface ServiceAddresses {
  /** `127.0.0.1:16016`. */
  readonly http?: string;
  readonly grpc?: string;
  readonly probes?: string;
}

export interface RunningService {
  readonly name: ServiceName;
  /** Name of this process among those of its kind. */
  readonly instance: string;
  readonly probes: Probes;
  readonly addresses: ServiceAddresses;
  /** Ordered and bounded; idempotent: later calls wait for the first. Never rejects. */
  stop(): Promise<void>;
  /** Resolves when the service cannot go on; it is then still to be stopped. */
  readonly failed: Promise<Error>;
}

export type StartService = (options: ServiceOptions) => Promise<RunningService>;
