import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartedServer } from '@replicante/servers';
import { ServerError, obtainConsul, obtainKafka, startConsul, startKafka } from '@replicante/servers';
import { watchdog } from './watchdog.js';

/** A real server of one test file's own. */
export interface TestServer extends Omit<StartedServer, 'stop'> {
  /** Stops it and removes its files; harmless when repeated. */
  stop(): Promise<void>;
}

const SERVERS = {
  kafka: { obtain: obtainKafka, start: startKafka },
  consul: { obtain: obtainConsul, start: startConsul },
} as const;
export type TestServerName = keyof typeof SERVERS;

/** When the test run dies: ends every process that names the directory, but not this shell, then removes it. */
const CLEAN_UP = `
ps -A -o pid=,args= | while read -r pid args; do
  case "$args" in *watchdog*) ;; *"$1"*) kill -KILL "$pid" ;; esac
done
n=0; until rm -rf "$1" || [ $n -ge 50 ]; do n=$((n+1)); sleep 0.1; done
`;

/** Starts it on a free port with a temporary directory, which `restart` goes on with. */
export async function startTestServer(name: TestServerName): Promise<TestServer> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), `replicante-${name}-`));
  const dog = watchdog(CLEAN_UP, directory);
  const server = await SERVERS[name].start({ directory });
  let removed = false;
  return {
    address: server.address,
    logFile: server.logFile,
    isRunning: () => server.isRunning(),
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: async () => {
      if (removed) return;
      removed = true;
      await server.stop();
      dog.dismiss();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Cases that need servers which not every machine can have. Where one cannot be obtained they are skipped, and their title
 * says why; with REPLICANTE_REQUIRE_SERVERS set (as `.ci/run` does) that is a failure. Await it at a spec's top level.
 */
export async function describeWith(
  names: TestServerName | readonly TestServerName[],
  title: string,
  cases: () => void,
): Promise<void> {
  const missing = await whyMissing(typeof names === 'string' ? [names] : names);
  // Not at the top: benchmarks import this project too, outside of Jest, where that module refuses to load.
  const { describe } = await import('@jest/globals');
  if (missing === undefined) describe(title, cases);
  else describe.skip(`${title} (skipped: ${missing})`, cases);
}

async function whyMissing(names: readonly TestServerName[]): Promise<string | undefined> {
  try {
    for (const name of names) await SERVERS[name].obtain();
    return undefined;
  } catch (error) {
    const asked = process.env['REPLICANTE_REQUIRE_SERVERS'] ?? '';
    if (!(error instanceof ServerError) || asked !== '') throw error;
    return error.message;
  }
}
