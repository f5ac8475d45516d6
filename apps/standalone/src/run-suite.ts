import { existsSync } from 'node:fs';
import { type QueryClient, openQueryClient } from '@replicante/app-replictl';
import { locateBinaries } from '@replicante/postgres-server';
import { directoryOwner, isPortFree } from '@replicante/processes';
import { openGrpcClient } from '@replicante/service';
import { startControlDatabase } from './control-database.js';
import { convergedLine, proveReplication, untilConverged } from './convergence.js';
import { type Display, openDisplay } from './display.js';
import { type Installation, openInstallation } from './installation.js';
import { startLocalPlatform, stopLocalPlatform } from './local-platform.js';
import { type StandaloneOptions, UsageError } from './options.js';
import { applyQuickstart } from './quickstart.js';
import { say } from './say.js';
import { type HostedServices, startServices } from './services.js';
import { supervise } from './supervised.js';

/** What is to be ended, newest first. An empty name ends without a word. */
class Ends {
  private readonly ends: { readonly what: string; readonly end: () => Promise<void> }[] = [];

  add(what: string, end: () => Promise<void>): void {
    this.ends.push({ what, end });
  }

  async run(): Promise<void> {
    for (const { what, end } of this.ends.reverse()) {
      if (what !== '') say(`  stops ${what}`);
      await end();
    }
  }
}

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
    const hosted = await start(installation, options, ends, started, line => told.say(line));
    const shown = options.quickstart
      ? runQuickstart(hosted, installation, options, ends, started, signal, told)
      : new Promise<never>(() => undefined);
    const why = await Promise.race([asked, shown, hosted.failed.then(error => failure(error))]);
    say(`\n${why}: stops what this data directory started`);
  } finally {
    await ends.run();
  }
  say('stopped; `npm start` goes on from here, `npm start -- --destroy` removes it all');
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
): Promise<HostedServices> {
  const database = options.databaseUrl
    ? { url: options.databaseUrl, adopted: false }
    : await keepControlDatabase(installation, options, ends, tell);

  // Registered before its first start: should that fail half way, what it left is ended too.
  ends.add('the local platform, its agents and databases', () => stopLocalPlatform(installation.platformDir));
  const startPlatform = () => startLocalPlatform(installation, options);
  keepUp(ends, options, {
    say: tell,
    name: 'the local platform',
    first: await startPlatform(),
    start: startPlatform,
  });

  const hosted = await startServices(installation, options, database.url);
  ends.add('the services', () => hosted.stop());
  const { http, grpc } = addresses(options);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(
    `Replicante is up in ${seconds} s: GraphQL ${http}/graphql, gRPC ${grpc}, logs in ${installation.logs}` +
      (database.adopted ? '; went on with the control database that was running' : ''),
  );
  return hosted;
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

/** Creates what is absent, shows what happens, proves the replication. Answers only when it is to end then. */
async function runQuickstart(
  hosted: HostedServices,
  installation: Installation,
  options: StandaloneOptions,
  ends: Ends,
  started: number,
  signal: AbortSignal,
  told: { say: (line: string) => void },
): Promise<string> {
  const { http, grpc } = addresses(options);
  const query: QueryClient = openQueryClient(http, signal);
  const tree = options.tree ?? process.stdout.isTTY;
  const display: Display = await openDisplay(hosted.ports.eventBus, query, tree, started, signal);
  if (tree) display.pin(`GraphQL ${http}/graphql · gRPC ${grpc} · logs in ${installation.logs}`);
  // What the supervisors say belongs among the lines of the picture, not over it.
  told.say = text => display.line(text);
  ends.add('', () => {
    told.say = say;
    return display.close();
  });
  const command = openGrpcClient({
    address: grpc,
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  try {
    for (const { ref, changed } of await applyQuickstart(command, query, options.platformPort))
      display.line(changed ? `created ${ref}` : `${ref} is there already`);
  } finally {
    command.close();
  }
  const cluster = await untilConverged(query, signal, text => display.line(text));
  if (!cluster) return new Promise<never>(() => undefined);
  await proveReplication(cluster, installation, display);
  display.line(convergedLine(cluster, (performance.now() - started) / 1000));
  if (options.exitWhenConverged) return 'converged';
  display.line('it stays up; Ctrl-C stops everything');
  return new Promise<never>(() => undefined);
}

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
