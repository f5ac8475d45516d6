import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeepUpOptions, keepUp, say } from '@replicante/app-standalone';
import { freePort, systemCode, untilGone, writeFileDurably } from '@replicante/processes';
import {
  type StartedServer,
  obtainConsul,
  obtainKafka,
  startConsul,
  startEventStoreDbDouble,
  startKafka,
} from '@replicante/servers';
import type { Choice } from './choice.js';
import type { Roll } from './roll.js';

export interface ServersOptions extends KeepUpOptions {
  readonly choice: Choice;
  readonly roll: Roll;
}

/** Obtains and starts what the choice needs, keeps it up, and answers the settings that name it. */
export async function startServers(options: ServersOptions): Promise<Readonly<Record<string, string>>> {
  const { kafka, consul, double } = options.choice.starts;
  // Obtained before anything starts: a machine that cannot have one is told so at once, with nothing to undo.
  if (kafka) await obtainKafka(say);
  if (consul) await obtainConsul(say);
  const environment: Record<string, string> = {};
  if (double) {
    say(
      'EventStoreDB: a double, since EVENTSTOREDB_URL is not set. It is a fake: fit for trying, not for keeping or measuring.',
    );
    environment['EVENTSTOREDB_URL'] =
      `esdb://${await keep('eventstoredb-double', startEventStoreDbDouble, options)}?tls=false`;
  }
  if (kafka) environment['KAFKA_BROKERS'] = await keep('kafka', startKafka, options);
  if (consul) environment['CONSUL_HTTP_ADDR'] = await keep('consul', startConsul, options);
  return environment;
}

const serversOf = (root: string): string => join(root, 'servers');

/** One for each server that was ever started here: its data, its port and its log. */
export async function serverDirectories(root: string): Promise<readonly string[]> {
  const names = await readdir(serversOf(root)).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.map(name => join(serversOf(root), name));
}

type Start = (options: { readonly directory: string; readonly port: number }) => Promise<StartedServer>;

/** Started on its data and kept up until the stack ends; its address. */
async function keep(name: string, start: Start, suite: ServersOptions): Promise<string> {
  const { installation, ends, roll } = suite;
  const directory = join(serversOf(installation.root), name);
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const began = performance.now();
  const server = await start({ directory, port: await keptPort(join(directory, 'port')) });
  ends.add(name, () => server.stop());
  const entry = () => ({ name, pid: server.pid, address: server.address, log: server.logFile });
  await roll.enter(entry());
  const running = () => ({ ended: untilGone(() => server.isRunning()) });
  keepUp(suite, {
    name,
    first: running(),
    start: async () => {
      await server.restart();
      await roll.enter(entry());
      return running();
    },
  });
  say(`${name} is ready at ${server.address} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return server.address;
}

/** The same port over restarts of the stack: Kafka's own data names it. */
async function keptPort(file: string): Promise<number> {
  const kept = await readFile(file, 'utf8').then(Number, (error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined && Number.isInteger(kept)) return kept;
  const port = await freePort();
  await writeFileDurably(file, `${port}\n`);
  return port;
}
