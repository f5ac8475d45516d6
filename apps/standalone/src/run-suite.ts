import { existsSync } from 'node:fs';
import { locateBinaries } from '@replicante/postgres-server';
import { directoryOwner, isPortFree } from '@replicante/processes';
import { startControlDatabase } from './control-database.js';
import { type Installation, openInstallation } from './installation.js';
import { Ends } from './ends.js';
import { startLocalPlatform, stopLocalPlatform } from './local-platform.js';
import { type StandaloneOptions, UsageError } from './options.js';
import { say } from './say.js';
import type { runQuickstart as RunQuickstart } from './run-quickstart.js';
import type { HostedServices } from './services.js';
import { supervise } from './supervised.js';

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
          hosted,
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

function stopSignal(): { readonly signal: AbortSignal; readonly asked: Promise<string> } {
  const stopping = new AbortController();
  const asked = new Promise<string>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        if (stopping.signal.aborted) say('already stopping: everything ends in order');
        stopping.abort();
        resolve(name);
      });
  });
  return { signal: stopping.signal, asked };
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
  const startPlatform = () => startLocalPlatform(installation, options);
  const databaseStarts = options.databaseUrl
    ? Promise.resolve({ url: options.databaseUrl, adopted: false })
    : keepControlDatabase(installation, options, ends, tell);
  const platformStarts = startPlatform();
  const loading = loadHosted();
  // Each to its end before any is ended: what comes up after that would be left behind.
  await Promise.allSettled([databaseStarts, platformStarts, loading]);
  // Whether it started or not: should that have failed half way, what it left is ended too.
  ends.add('the local platform, its agents and databases', () => stopLocalPlatform(installation.platformDir));
  const database = await databaseStarts;
  keepUp(ends, options, {
    say: tell,
    name: 'the local platform',
    first: await platformStarts,
    start: startPlatform,
  });

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

/** The embedded PostgreSQL: started or adopted, started again when it ends, stopped last. */
async function keepControlDatabase(
  installation: Installation,
  options: StandaloneOptions,
  ends: Ends,
  tell: (line: string) => void,
): Promise<{ readonly url: string; readonly adopted: boolean }> {
  const binaries = await locateBinaries({ notice: say });
  const first = await startControlDatabase(binaries, installation, portsOf(options));
  let database = first;
  ends.add('the control database', async () => void (await database.server.stop()));
  const databaseRun = () => ({
    ended: database.server.exited ?? untilGone(() => database.server.isRunning()),
  });
  keepUp(ends, options, {
    say: tell,
    name: 'the control database',
    first: databaseRun(),
    start: async () => {
      database = await startControlDatabase(binaries, installation, portsOf(options));
      return databaseRun();
    },
  });
  return first;
}

const portsOf = ({ httpPort, grpcPort, platformPort }: StandaloneOptions): readonly number[] => [
  httpPort,
  grpcPort,
  platformPort,
];

const addresses = (options: StandaloneOptions) => ({
  http: `http://127.0.0.1:${options.httpPort}`,
  grpc: `127.0.0.1:${options.grpcPort}`,
});

function keepUp(
  ends: Ends,
  options: StandaloneOptions,
  what: Omit<Parameters<typeof supervise>[0], 'firstDelayMs'>,
): void {
  const supervised = supervise({ firstDelayMs: options.restartDelayMs, ...what });
  ends.add('', () => Promise.resolve(supervised.release()));
}

/** For an adopted process, which is not our child: looked at twice a second. */
const untilGone = (isRunning: () => boolean): Promise<'gone'> =>
  new Promise(resolve => {
    const timer = setInterval(() => {
      if (isRunning()) return;
      clearInterval(timer);
      resolve('gone');
    }, 500);
    timer.unref();
  });

async function requirePorts(
  { httpPort, grpcPort, platformPort }: StandaloneOptions,
  { platformDir }: Installation,
): Promise<void> {
  // A platform that an earlier `kill -9` left still has its port: it is replaced.
  const platformRuns = existsSync(platformDir) && (await directoryOwner(platformDir)) !== undefined;
  for (const [port, option] of [
    [httpPort, '--http-port'],
    [grpcPort, '--grpc-port'],
    ...(platformRuns ? [] : ([[platformPort, '--platform-port']] as const)),
  ] as const)
    if (!(await isPortFree(port)))
      throw new UsageError(
        `port ${port} of 127.0.0.1 is in use: end what uses it, or choose another with ${option}`,
      );
}
