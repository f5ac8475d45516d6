import { setTimeout as delay } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessIdentity, freePorts, identify, messageOf } from '@replicante/processes';
import {
  type StartedServer,
  obtainConsul,
  obtainKafka,
  startConsul,
  startEventStoreDbDouble,
  startKafka,
} from '@replicante/servers';
import type { ServerName } from './adapters.js';

/** Where a server listens, and where the suite is told that it does. */
export interface ServerPorts {
  readonly own: number;
  readonly proxy: number;
}

/**
 * Kafka, Consul and EventStoreDB's double, kept running by the harness, as operators of theirs would: the suite is given the
 * addresses of proxies.
 */
export class Servers {
  readonly #running = new Map<ServerName, StartedServer>();
  readonly #stop = new AbortController();
  readonly #kept: Promise<void>[] = [];
  readonly #failures = new Map<string, string>();

  constructor(private readonly folder: string) {}

  async start(ports: ReadonlyMap<ServerName, ServerPorts>): Promise<void> {
    for (const [name, { own, proxy }] of ports) {
      const directory = join(this.folder, name);
      await mkdir(directory, { recursive: true });
      const server = await START[name](directory, own, proxy);
      this.#running.set(name, server);
      this.#kept.push(this.#keep(name, server));
    }
  }

  identityOf(name: ServerName): ProcessIdentity | undefined {
    const server = this.#running.get(name);
    return server?.isRunning() ? identify(server.pid) : undefined;
  }

  /** Why its last start failed; undefined: it did not, or it is none of these. */
  failureOf(name: string): string | undefined {
    return this.#failures.get(name);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#kept);
    await Promise.all([...this.#running.values()].map(server => server.stop()));
  }

  async #keep(name: ServerName, server: StartedServer): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!server.isRunning())
        await server.restart().then(
          () => this.#failures.delete(name),
          (error: unknown) => this.#failures.set(name, messageOf(error)),
        );
      await delay(200, undefined, { signal }).catch(() => undefined); // stopped: the loop ends
    }
  }
}

/** Free ports of servers; their proxies' are known only once those listen. */
export async function serverPorts(names: readonly ServerName[]): Promise<ReadonlyMap<ServerName, number>> {
  const free = await freePorts(names.length);
  return new Map(names.map((name, i) => [name, free[i] ?? 0]));
}

/** Throws before anything runs when the machine cannot have one of them. */
export async function obtainServers(
  names: readonly ServerName[],
  say: (line: string) => void,
): Promise<void> {
  if (names.includes('kafka')) await obtainKafka(say);
  if (names.includes('consul')) await obtainConsul(say);
}

const START: Readonly<
  Record<ServerName, (directory: string, port: number, proxy: number) => Promise<StartedServer>>
> = {
  kafka: (directory, port, advertisedPort) => startKafka({ directory, port, advertisedPort }),
  consul: (directory, port) => startConsul({ directory, port }),
  eventstoredb: (directory, port) => startEventStoreDbDouble({ directory, port }),
};
