import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptPostgres, reachableDirectory } from '@replicante/postgres-server';
import { directoryOwner, stop } from '@replicante/processes';
import { openInstallation } from './installation.js';
import { stopLocalPlatform } from './local-platform.js';
import type { StandaloneOptions } from './options.js';
import { say } from './say.js';

/** Ends everything that the data directory started, a running suite first, and removes it. */
export async function destroy(
  { dataDir }: StandaloneOptions,
  /** Ends what else may run on the directory. */
  endMore: (root: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  if (!existsSync(dataDir)) return say(`${dataDir} does not exist: nothing to destroy`);
  await stopRunning(dataDir);
  const installation = await openInstallation(dataDir, say);
  const { root, platformDir, controlDir, logs } = installation;
  await endMore(root);
  if (existsSync(platformDir)) {
    say('stops the local platform, its agents and databases, and removes their data');
    await stopLocalPlatform(platformDir, 'destroy');
  }
  const control = await adoptPostgres({
    dataDir: join(controlDir, 'data'),
    logFile: join(logs, 'control-postgres.log'),
  });
  if (control) {
    say('stops the control database');
    await control.stop();
  }
  await rm(root, { recursive: true, force: true });
  if (root !== dataDir) await rm(dataDir, { recursive: true, force: true });
  const left = existsSync(dataDir) ? await readdir(dataDir) : [];
  say(left.length === 0 ? `removed ${dataDir}` : `${dataDir} could not be removed whole: ${left.join(', ')}`);
}

/** A suite that runs on the directory is asked to stop, and given the time that its order takes. */
async function stopRunning(dataDir: string): Promise<void> {
  const { path } = await reachableDirectory(dataDir);
  const owner = await directoryOwner(path);
  if (!owner) return;
  say(`stops the suite that runs on it (process ${owner.pid})`);
  await stop(owner, { graceMs: 60_000 });
}
