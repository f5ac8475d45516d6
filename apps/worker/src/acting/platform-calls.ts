import type { CycleObservation } from '@replicante/domain';
import { Slots } from '../slots.js';

export interface PlatformCallsOptions {
  /** Calls to one platform at once; what is more waits for its turn, or to be too late. */
  readonly atOncePerPlatform: number;
  /** A defect: calls themselves end in an outcome, whatever a platform does. */
  readonly onError: (error: unknown) => void;
}

export interface PlatformCall {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly attemptId: string;
  readonly baseUrl: string;
}

interface Platform {
  readonly slots: Slots;
  /** In flight or waiting. */
  calls: number;
}

/**
 * Calls with an effect on platforms, which no task waits for: a platform that hangs holds neither its clusters' cycles nor
 * a place of the worker, and of its own places only so many. Each ends in an outcome of its own (safety.md §2).
 */
export class PlatformCalls {
  /** By attempt id. */
  readonly #awaited = new Map<string, PlatformCall>();
  readonly #platforms = new Map<string, Platform>();
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly options: PlatformCallsOptions) {}

  /** In flight or waiting for their turn. */
  get size(): number {
    return this.#awaited.size;
  }

  /** What the next observation of a cluster says of them; nothing when there is nothing to say. */
  of({
    ns_id,
    cluster_id,
  }: Pick<PlatformCall, 'ns_id' | 'cluster_id'>): Pick<CycleObservation, 'platform_calls'> {
    const awaited = [...this.#awaited.values()]
      .filter(call => call.ns_id === ns_id && call.cluster_id === cluster_id)
      .map(({ attemptId }) => attemptId);
    const busy = [...this.#platforms]
      .filter(([, { calls }]) => calls >= this.options.atOncePerPlatform)
      .map(([baseUrl]) => baseUrl);
    return awaited.length + busy.length === 0 ? {} : { platform_calls: { awaited, busy } };
  }

  /** Goes on behind. An attempt whose answer is awaited is not begun again: that answer tells what became of it. */
  begin(call: PlatformCall, work: () => Promise<void>): void {
    if (this.#awaited.has(call.attemptId)) return;
    this.#awaited.set(call.attemptId, call);
    const platform = this.#platform(call.baseUrl);
    platform.calls += 1;
    const running = platform.slots
      .run(work)
      .catch(this.options.onError)
      .finally(() => {
        this.#awaited.delete(call.attemptId);
        platform.calls -= 1;
        if (platform.calls === 0) this.#platforms.delete(call.baseUrl);
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Resolves when every call has ended and its outcome was handed over. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #platform(baseUrl: string): Platform {
    const known = this.#platforms.get(baseUrl);
    if (known) return known;
    const platform = { slots: new Slots(this.options.atOncePerPlatform), calls: 0 };
    this.#platforms.set(baseUrl, platform);
    return platform;
  }
}
