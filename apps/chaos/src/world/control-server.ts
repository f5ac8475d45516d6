import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { locateBinaries, startPostgres } from '@replicante/postgres-server';
import { inspectPostmaster } from '@replicante/postgres-server';
import type { Installation } from './installation.js';

/**
 * Keeps the control database running while the suite is told to use it as a server of somebody else's, through the proxy:
 * the suite does not restart it then.
 */
export class ControlServer {
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  /** Why the last start failed, for the report. */
  failure: string | undefined;

  constructor(private readonly installation: Installation) {}

  keep(): void {
    this.#done = this.#keep();
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #keep(): Promise<void> {
    const { controlData, logs } = this.installation;
    const binaries = await locateBinaries();
    while (!this.#stop.signal.aborted) {
      try {
        const state = await inspectPostmaster(controlData);
        if (state.kind !== 'running')
          await startPostgres(binaries, {
            dataDir: controlData,
            port: await this.installation.controlPort(),
            logFile: join(logs, 'control-postgres.log'),
            settings: { fsync: true, synchronous_commit: true, max_connections: 120, shared_buffers: '64MB' },
          });
        this.failure = undefined;
      } catch (error) {
        this.failure = error instanceof Error ? error.message : String(error); // tried again
      }
      await delay(200, undefined, { signal: this.#stop.signal }).catch(() => undefined); // released: the loop ends
    }
  }
}
