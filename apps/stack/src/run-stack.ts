import { randomBytes } from 'node:crypto';
import {
  Ends,
  type Installation,
  type StandaloneOptions,
  keepControlDatabase,
  keepLocalPlatform,
  openInstallation,
  requirePorts,
  runQuickstart,
  say,
  startLocalPlatform,
  stopLocalPlatform,
  stopSignal,
  untilReady,
} from '@replicante/app-standalone';
import { bindPorts, readConfiguration } from '@replicante/service';
import { askedMember } from './asked-member.js';
import { boundLogs } from './bounded-logs.js';
import { readChoice } from './choice.js';
import { planMembers } from './members.js';
import { Roll } from './roll.js';
import { serverDirectories, startServers } from './servers.js';
import { startMembers } from './services.js';

/** Servers, then services, then the platform and the quickstart; until asked to stop, ended in reverse. */
export async function runStack(options: StandaloneOptions): Promise<void> {
  const started = performance.now();
  const choice = readChoice(process.env);
  const { signal, asked } = stopSignal();
  const ends = new Ends();
  const installation = await openInstallation(options.dataDir, say);
  ends.add('', () => installation.ownership.release());
  const told: { say: (line: string) => void } = { say };
  const tell = (line: string): void => told.say(line);
  // All that it starts is detached: without this the launcher ended by itself once nothing was left to ask (chaos seed 1).
  const open = setInterval(() => void keepLogsShort(installation, tell), 60_000);
  ends.add('', () => Promise.resolve(clearInterval(open)));
  const roll = new Roll(installation.root);
  try {
    await roll.clear(say);
    await requirePorts(options, installation);
    const suite = { installation, options, ends, tell };
    const database = options.databaseUrl ?? (await keepControlDatabase(suite)).url;
    const addresses = await startServers({ ...suite, choice, roll });
    const environment = {
      LOG_LEVEL: 'info',
      CONTROL_TOKEN: randomBytes(32).toString('base64url'),
      REPLICANTE_LOCAL_TOKEN: installation.token,
      ...choice.adapters,
      ...addresses,
      DATABASE_URL: database,
    };
    const members = await planMembers(options);
    await startMembers({ ...suite, members, environment, roll });
    ends.add('the local platform, its agents and databases', () =>
      stopLocalPlatform(installation.platformDir),
    );
    keepLocalPlatform(suite, await startLocalPlatform(installation, options));
    const ports = await bindPorts(
      undefined,
      readConfiguration({ environment: { ...process.env, ...environment } }, 'standalone'),
      ['eventBus'],
    );
    ends.add('', () => ports.close());

    const http = `http://127.0.0.1:${options.httpPort}`;
    const grpc = `127.0.0.1:${options.grpcPort}`;
    const doors = (of: string): string =>
      members.flatMap(({ service, serves = [] }) => (service === of ? serves : [])).join(',');
    say(
      `${members.length} services start: ${members.map(({ name }) => name).join(', ')}; ` +
        `GraphQL ${http}/graphql, gRPC ${doors('command')}, logs in ${installation.logs}`,
    );
    const askAll = (line: (text: string) => void) => untilReady(members.map(askedMember), signal, line);
    const show = async (): Promise<string> => {
      // The first projection makes the topics that the quickstart listens to.
      if (!(await askAll(tell))) return asked;
      say(`every service is ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
      if (!options.quickstart) return asked;
      return runQuickstart({
        eventBus: ports.eventBus,
        untilReady: askAll,
        installation,
        options,
        addresses: { http, grpc },
        ends,
        started,
        signal,
        told,
      });
    };
    const why = await Promise.race([asked, show()]);
    say(`\n${why}: stops what this data directory started`);
  } finally {
    await ends.run();
  }
  say('stopped; `npm run stack` goes on from here, `npm run stack -- --destroy` removes it all');
}

/** A full disk is worth a line, not the end of what runs. */
async function keepLogsShort(
  { logs, root }: Pick<Installation, 'logs' | 'root'>,
  tell: (line: string) => void,
): Promise<void> {
  try {
    await boundLogs([logs, ...(await serverDirectories(root))]);
  } catch (error) {
    tell(`logs could not be cut: ${error instanceof Error ? error.message : String(error)}`);
  }
}
