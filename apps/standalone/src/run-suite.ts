import { type Installation, openInstallation } from './installation.js';
import { Ends } from './ends.js';
import { keepControlDatabase, keepLocalPlatform } from './keep-up.js';
import { startLocalPlatform, stopLocalPlatform } from './local-platform.js';
import type { StandaloneOptions } from './options.js';
import { requirePorts } from './required-ports.js';
import { untilReady } from './ready.js';
import { say } from './say.js';
import type { runQuickstart as RunQuickstart } from './run-quickstart.js';
import type { HostedServices } from './services.js';
import { stopSignal } from './stop-signal.js';

/** Starts everything in the order in which it stands on each other, runs until asked to stop, ends it in reverse. */
export async function runSuite(options: StandaloneOptions): Promise<void> {
  const started = performance.now();
  const { signal, asked } = stopSignal();
  const ends = new Ends();
  const installation = await openInstallation(options.dataDir, say);
  ends.add('', () => installation.ownership.release());
  try {
    await requirePorts(options, installation);
    // Read by the worker when it uses the quickstart's {fromEnv: REPLICANTE_LOCAL_TOKEN}.
    process.env['REPLICANTE_LOCAL_TOKEN'] = installation.token;
    const told: { say: (line: string) => void } = { say };
    const { hosted, runQuickstart } = await start(installation, options, ends, started, line =>
      told.say(line),
    );
    const shown = options.quickstart
      ? runQuickstart({
          eventBus: hosted.ports.eventBus,
          untilReady: line => untilReady(hosted.services, signal, line),
          installation,
          options,
          addresses: addresses(options),
          ends,
          started,
          signal,
          told,
        })
      : new Promise<never>(() => undefined);
    const why = await Promise.race([asked, shown, hosted.failed.then(error => failure(error))]);
    say(`\n${why}: stops what this data directory started`);
  } finally {
    await ends.run();
  }
  say('stopped; `npm start` goes on from here, `npm start -- --destroy` removes it all');
}

/**
 * Nest, GraphQL, gRPC and all services: nine tenths of the code that runs here, and most of the CPU of a start. Loaded
 * while the database and the platform start, which are other processes; piece by piece, so that they are heard meanwhile.
 */
async function loadHosted() {
  await import('@replicante/service');
  await import('@replicante/app-command');
  await import('@replicante/app-query');
  const [{ startServices }, { runQuickstart }] = await Promise.all([
    import('./services.js'),
    import('./run-quickstart.js'),
  ]);
  return { startServices, runQuickstart };
}

function failure(error: Error): string {
  process.exitCode = 1;
  return `a service cannot go on (${error.message})`;
}

async function start(
  installation: Installation,
  options: StandaloneOptions,
  ends: Ends,
  started: number,
  tell: (line: string) => void,
): Promise<{ readonly hosted: HostedServices; readonly runQuickstart: typeof RunQuickstart }> {
  const suite = { installation, options, ends, tell };
  const databaseStarts = options.databaseUrl
    ? Promise.resolve({ url: options.databaseUrl, adopted: false })
    : keepControlDatabase(suite);
  const platformStarts = startLocalPlatform(installation, options);
  const loading = loadHosted();
  // Each to its end before any is ended: what comes up after that would be left behind.
  await Promise.allSettled([databaseStarts, platformStarts, loading]);
  // Whether it started or not: should that have failed half way, what it left is ended too.
  ends.add('the local platform, its agents and databases', () => stopLocalPlatform(installation.platformDir));
  const database = await databaseStarts;
  keepLocalPlatform(suite, await platformStarts);

  const { startServices, runQuickstart } = await loading;
  const hosted = await startServices(installation, options, database.url);
  ends.add('the services', () => hosted.stop());
  const { http, grpc } = addresses(options);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(
    `Replicante is up in ${seconds} s: GraphQL ${http}/graphql, gRPC ${grpc}, logs in ${installation.logs}` +
      (database.adopted ? '; went on with the control database that was running' : ''),
  );
  return { hosted, runQuickstart };
}

const addresses = (options: StandaloneOptions) => ({
  http: `http://127.0.0.1:${options.httpPort}`,
  grpc: `127.0.0.1:${options.grpcPort}`,
});
