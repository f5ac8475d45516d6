import type { Coordinator, Lease, Session } from '@replicante/coordinator';

export interface LeadershipOptions {
  readonly coordinator: Pick<Coordinator, 'openSession'>;
  /** `leader:scheduler`. */
  readonly key: string;
  readonly instance: string;
  readonly ttlMs: number;
  /** Runs until the signal aborts: the lease was lost, or the service stops. */
  readonly lead: (lease: Lease, signal: AbortSignal) => Promise<void>;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const RETRY_MS = 500;

/** One leads among all instances; a loss is nothing but the wait for the next time. */
export class Leadership {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #session: Session | undefined;
  #leading = false;

  constructor(private readonly options: LeadershipOptions) {}

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends what is in hand, then gives the lease back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#session?.close();
  }

  async #run(): Promise<void> {
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      try {
        const session = await this.#living();
        await this.#lead(await session.acquireWhenFree(this.options.key, stop));
      } catch (error) {
        if (stop.aborted) return;
        this.options.onError(error);
        await this.options.wait(RETRY_MS, stop);
      }
    }
  }

  async #lead(lease: Lease): Promise<void> {
    this.#leading = true;
    try {
      await this.options.lead(lease, AbortSignal.any([this.#stop.signal, lease.lost]));
    } finally {
      this.#leading = false;
      await lease.release();
    }
  }

  async #living(): Promise<Session> {
    if (this.#session && !this.#session.ended.aborted) return this.#session;
    const { coordinator, instance: name, ttlMs } = this.options;
    this.#session = await coordinator.openSession({ name, ttlMs });
    return this.#session;
  }
}
