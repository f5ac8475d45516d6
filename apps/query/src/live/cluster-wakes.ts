import { TOPICS } from '@replicante/contracts';
import type { BusSubscription, EventBus, ReceivedRecord } from '@replicante/event-bus';
import { WakeSignal } from '@replicante/event-store';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import type { HeardClock } from './heard-clock.js';

const RETRY_MS = 2_000;
/** Of the envelope, which stands before the data. */
const TIME = /"time":"([^"]{1,40})"/;

/** What the bus said last of a cluster: rows are to show it soon. */
export interface ClusterWake {
  readonly signal: WakeSignal;
  /** Revision of the newest event heard of; -1: none yet. */
  revision: number;
  /** Counts the samples heard of. */
  samples: number;
}

/**
 * Hears on the bus of which clusters something happened. Only a hint: who is woken reads rows, and looks by itself
 * every so often, so that a lost or late record costs time and nothing else.
 */
export class ClusterWakes {
  readonly #watched = new Map<string, { readonly wake: ClusterWake; watchers: number }>();
  #subscription: BusSubscription | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly bus: EventBus,
    private readonly logger: Logger,
    private readonly clock: Pick<HeardClock, 'hear'>,
  ) {}

  /** Never fails: without a bus the watchers look by themselves. */
  async start(): Promise<void> {
    try {
      const subscription = await this.bus.subscribe({
        topics: [TOPICS.cluster, TOPICS.samples],
        handler: async records => records.forEach(record => this.#hear(record)),
        onError: error => this.logger.warn(errorKeys(error), 'the bus failed; it recovers by itself'),
      });
      if (this.#closed) await subscription.close();
      else this.#subscription = subscription;
    } catch (error) {
      this.logger.warn(errorKeys(error), 'the bus cannot be heard; subscriptions are slower until it can');
      if (!this.#closed) this.#retry = setTimeout(() => void this.start(), RETRY_MS);
    }
  }

  watch(key: string): { readonly wake: ClusterWake; readonly release: () => void } {
    const entry = this.#watched.get(key) ?? {
      wake: { signal: new WakeSignal(), revision: -1, samples: 0 },
      watchers: 0,
    };
    entry.watchers += 1;
    this.#watched.set(key, entry);
    return {
      wake: entry.wake,
      release: () => {
        entry.watchers -= 1;
        if (entry.watchers === 0) this.#watched.delete(key);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#subscription?.close();
  }

  #hear({ topic, key, value }: ReceivedRecord): void {
    const time = TIME.exec(value ?? '')?.[1];
    if (time !== undefined) this.clock.hear(time);
    const entry = this.#watched.get(key);
    if (!entry) return;
    if (topic === TOPICS.samples) entry.wake.samples += 1;
    else entry.wake.revision = Math.max(entry.wake.revision, revisionOf(value));
    entry.wake.signal.wake();
  }
}

function revisionOf(value: string | null): number {
  const found = /"revision":"(\d+)"/.exec(value ?? '');
  return found ? Number(found[1]) : -1;
}
