import { locateBinaries } from '@replicante/postgres-server';
import { untilGone } from '@replicante/processes';
import { startControlDatabase } from './control-database.js';
import type { Ends } from './ends.js';
import type { Installation } from './installation.js';
import { type LocalPlatform, startLocalPlatform } from './local-platform.js';
import type { StandaloneOptions } from './options.js';
import { say } from './say.js';
import { supervise } from './supervised.js';

/** What is kept up while the suite runs, and ended with it. */
export interface KeepUpOptions {
  readonly installation: Installation;
  readonly options: StandaloneOptions;
  readonly ends: Ends;
  readonly tell: (line: string) => void;
}

/** Starts again what ended, until the suite ends. */
export function keepUp(
  { ends, options, tell }: KeepUpOptions,
  what: Omit<Parameters<typeof supervise>[0], 'firstDelayMs' | 'say'>,
): void {
  const supervised = supervise({ firstDelayMs: options.restartDelayMs, say: tell, ...what });
  ends.add('', () => Promise.resolve(supervised.release()));
}

/** The embedded PostgreSQL: started or adopted, started again when it ends, stopped with the suite. */
export async function keepControlDatabase(
  suite: KeepUpOptions,
): Promise<{ readonly url: string; readonly adopted: boolean }> {
  const { installation, options, ends } = suite;
  const taken = [options.httpPort, options.grpcPort, options.platformPort];
  const binaries = await locateBinaries({ notice: say });
  const first = await startControlDatabase(binaries, installation, taken);
  let database = first;
  ends.add('the control database', async () => void (await database.server.stop()));
  const databaseRun = () => ({
    ended: database.server.exited ?? untilGone(() => database.server.isRunning()),
  });
  keepUp(suite, {
    name: 'the control database',
    first: databaseRun(),
    start: async () => {
      database = await startControlDatabase(binaries, installation, taken);
      return databaseRun();
    },
  });
  return first;
}

export function keepLocalPlatform(suite: KeepUpOptions, first: LocalPlatform): void {
  keepUp(suite, {
    name: 'the local platform',
    first,
    start: () => startLocalPlatform(suite.installation, suite.options),
  });
}
