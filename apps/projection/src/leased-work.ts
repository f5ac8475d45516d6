import type { Lease } from '@replicante/coordinator';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import type { SessionHolder } from './session-holder.js';
import { pause } from './session-holder.js';

const RETRY_MS = 500;

export interface LeasedWorkOptions {
  /** `subscription:gateway`. */
  readonly lease: string;
  readonly sessions: SessionHolder;
  /** Runs until the signal aborts: the lease was lost, or the service stops. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** Work of which one instance runs at a time: waits for the lease, works while it has it, waits again. */
export class LeasedWork {
  readonly #stop = new AbortController();
  #done: Promise<void> | undefined;
  #leading = false;

  constructor(private readonly options: LeasedWorkOptions) {}

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Finishes what is in hand and gives the lease back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { lease: key, sessions, logger } = this.options;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      try {
        const session = await sessions.session(stop);
        const lease = await session.acquireWhenFree(key, stop);
        await this.#lead(lease);
      } catch (error) {
        if (stop.aborted) return;
        logger.warn({ lease: key, ...errorKeys(error) }, 'leased work was interrupted; trying again');
        await pause(RETRY_MS, stop);
      }
    }
  }

  async #lead(lease: Lease): Promise<void> {
    const { logger, work } = this.options;
    logger.info({ lease: lease.key, token: lease.token }, 'lease taken');
    this.#leading = true;
    try {
      await work(AbortSignal.any([this.#stop.signal, lease.lost]));
    } finally {
      this.#leading = false;
      if (lease.lost.aborted) logger.warn({ lease: lease.key }, 'lease lost');
      await lease.release();
    }
  }
}
