import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptPostgres } from '@replicante/postgres-server';
import { openInstallation } from './installation.js';
import { stopLocalPlatform } from './local-platform.js';
import type { StandaloneOptions } from './options.js';
import { say } from './say.js';

/** Ends everything that the data directory started and removes it. Refuses while a suite runs on it. */
export async function destroy({ dataDir }: StandaloneOptions): Promise<void> {
  if (!existsSync(dataDir)) return say(`${dataDir} does not exist: nothing to destroy`);
  const installation = await openInstallation(dataDir, say);
  const { root, platformDir, controlDir, logs } = installation;
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
