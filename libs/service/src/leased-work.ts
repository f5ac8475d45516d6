import type { Lease } from '@replicante/coordinator';
import type { Logger } from './logger.js';
import { errorKeys } from './logger.js';
import { pause } from './pause.js';
import type { ServiceSession } from './service-session.js';

const RETRY_MS = 500;

export interface LeasedWorkOptions {
  /** `leader:scheduler`, `subscription:gateway`. */
  readonly lease: string;
  readonly session: Pick<ServiceSession, 'whenLiving'>;
  /** Runs until the signal aborts: the lease was lost, or the service stops. */
  readonly work: (signal: AbortSignal, lease: Lease) => Promise<void>;
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
    const { lease: key, session, logger } = this.options;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      try {
        const living = await session.whenLiving(stop);
        const lease = await living.acquireWhenFree(key, stop);
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
      await work(AbortSignal.any([this.#stop.signal, lease.lost]), lease);
    } finally {
      this.#leading = false;
      if (lease.lost.aborted) logger.warn({ lease: lease.key }, 'lease lost');
      await lease.release();
    }
  }
}
