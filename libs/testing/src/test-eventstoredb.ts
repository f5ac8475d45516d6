import { existsSync } from 'node:fs';
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@replicante/processes';
import { startProcess } from './test-process.js';
import { watchdog } from './watchdog.js';

/** A double of EventStoreDB in a process of its own. A fake: nothing measured on it says anything about the real one. */
export interface TestEventStoreDb {
  /** `esdb://127.0.0.1:PORT?tls=false`; stays valid over `restart`. */
  readonly url: string;
  readonly port: number;
  /** Everything that it has written since its last start. */
  output(): string;
  /** SIGKILL; `restart` goes on with its data. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** An ordered end if it runs, then a start; for `notReadyMs` after that it answers that it is not ready. */
  restart(): Promise<void>;
  /** Another one, with a copy of what this one has on disk. */
  copy(): Promise<TestEventStoreDb>;
  /** Stops it and removes its files; harmless when repeated. */
  stop(): Promise<void>;
}

export interface TestEventStoreDbOptions {
  /** Default 1,000, as the real one takes. */
  readonly notReadyMs?: number;
}

/** Found from dist/, where plain Node can run it, also when this file is run from the sources. */
const MAIN = ['./eventstoredb-double/main.js', '../../../dist/libs/testing/src/eventstoredb-double/main.js']
  .map(path => fileURLToPath(new URL(path, import.meta.url)))
  .find(path => existsSync(path));

export const startTestEventStoreDb = (options: TestEventStoreDbOptions = {}): Promise<TestEventStoreDb> =>
  started(options.notReadyMs ?? 1_000, undefined);

async function started(notReadyMs: number, dataOf: string | undefined): Promise<TestEventStoreDb> {
  if (MAIN === undefined) throw new Error('the double is not built: run "npm run build" first');
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'replicante-eventstoredb-'));
  const dog = watchdog('sleep 1; rm -rf -- "$1"', directory);
  if (dataOf !== undefined) await cp(dataOf, directory, { recursive: true });
  const port = await freePort();
  const run = () =>
    startProcess({
      command: process.execPath,
      args: [MAIN, '--port', String(port), '--directory', directory, '--not-ready-ms', String(notReadyMs)],
      ready: /^listening on /m,
    });
  let running = await run();
  let removed = false;
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    output: () => running.output(),
    kill: async () => void (await running.kill()),
    freeze: () => running.freeze(),
    thaw: () => running.thaw(),
    restart: async () => {
      running.thaw();
      await running.stop();
      running = await run();
    },
    copy: () => started(notReadyMs, directory),
    stop: async () => {
      if (removed) return;
      removed = true;
      running.thaw();
      await running.stop();
      dog.dismiss();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
