import type { Lease } from '@replicante/coordinator';
import type { BusSubscription, EventBus } from '@replicante/event-bus';
import type { NewTask, TaskQueue } from '@replicante/task-queue';
import { TOPICS } from '@replicante/contracts';
import { v7 } from 'uuid';
import { signalOf } from './bus-signals.js';
import type { SchedulerMetrics } from './metrics.js';
import { RefreshTimes } from './refresh-times.js';
import type { Due, Entry } from './schedule.js';
import { Schedule } from './schedule.js';

export interface LeadOptions {
  /** Everything that is active now. */
  readonly readEntries: () => Promise<readonly Entry[]>;
  readonly queue: Pick<TaskQueue, 'enqueue'>;
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly tickMs: number;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly metrics: Pick<SchedulerMetrics, 'enqueued' | 'refreshed' | 'entries'>;
  /** A fault that the leader goes on after, said when it begins and when it ends. */
  readonly onFault: (what: string, error: unknown) => void;
  readonly onRecovered: (what: string) => void;
}

const AT_ONCE = 500;
const LISTEN_AGAIN_MS = 1_000;
/** Its offsets are the group's: a new leader hears what was asked for while nobody led. */
const GROUP = 'scheduler';

/** What the leader does, from taking the lease to losing it. It recomputes everything: nothing is handed over. */
export class Lead {
  readonly #faults = new Set<string>();

  constructor(private readonly options: LeadOptions) {}

  async run(lease: Pick<Lease, 'remainingMs'>, signal: AbortSignal): Promise<void> {
    const { monotonicMs, wallMs, tickMs, wait, metrics } = this.options;
    const schedule = new Schedule(wallMs() - monotonicMs());
    const refreshes = new RefreshTimes();
    const listening = this.#listen(schedule, refreshes, signal);
    let refreshing: Promise<void> | undefined;
    while (!signal.aborted) {
      if (!refreshing && refreshes.isDue(monotonicMs()))
        refreshing = this.#refresh(schedule, refreshes).finally(() => (refreshing = undefined));
      const due = schedule.take(monotonicMs());
      // A leader whose lease ran out puts nothing on the queue, even before it was told.
      if (due.length > 0 && lease.remainingMs() > 0) await this.#enqueue(due);
      metrics.entries('OrchestrateCluster', schedule.count('OrchestrateCluster'));
      metrics.entries('DiscoverPlatform', schedule.count('DiscoverPlatform'));
      await wait(tickMs, signal);
    }
    await Promise.all([listening, refreshing]);
  }

  async #refresh(schedule: Schedule, refreshes: RefreshTimes): Promise<void> {
    const { readEntries, monotonicMs, metrics } = this.options;
    const beganMs = monotonicMs();
    try {
      schedule.update(await readEntries(), monotonicMs());
      refreshes.done(beganMs);
      metrics.refreshed('read');
      this.#recovered('read what is active');
    } catch (error) {
      refreshes.failed(monotonicMs());
      metrics.refreshed('failed');
      this.#fault('read what is active', error);
    }
  }

  async #enqueue(due: readonly Due[]): Promise<void> {
    const { queue, metrics } = this.options;
    for (let from = 0; from < due.length; from += AT_ONCE) {
      const batch = due.slice(from, from + AT_ONCE);
      try {
        await queue.enqueue(batch.map(taskOf));
        metrics.enqueued(batch, 'enqueued');
        this.#recovered('put tasks on the queue');
      } catch (error) {
        metrics.enqueued(batch, 'failed');
        this.#fault('put tasks on the queue', error);
      }
    }
  }

  async #listen(schedule: Schedule, refreshes: RefreshTimes, signal: AbortSignal): Promise<void> {
    const { bus, monotonicMs, wait, onFault } = this.options;
    let subscription: BusSubscription | undefined;
    while (!signal.aborted && !subscription) {
      try {
        subscription = await bus.subscribe({
          group: GROUP,
          topics: [TOPICS.cluster, TOPICS.platform, TOPICS.namespace],
          from: 'latest',
          handler: async records => {
            for (const record of records) {
              const heard = signalOf(record);
              if (heard?.kind === 'asked') schedule.ask(heard.key, monotonicMs());
              if (heard?.kind === 'changed') refreshes.changed(monotonicMs());
            }
          },
          onError: error => onFault('listen on the bus', error),
        });
        this.#recovered('listen on the bus');
      } catch (error) {
        // Before the projection made the topics there is nothing to hear; reading again and again is the fallback.
        this.#fault('listen on the bus', error);
        await wait(LISTEN_AGAIN_MS, signal);
      }
    }
    if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
    await subscription?.close();
  }

  #fault(what: string, error: unknown): void {
    if (this.#faults.has(what)) return;
    this.#faults.add(what);
    this.options.onFault(what, error);
  }

  #recovered(what: string): void {
    if (this.#faults.delete(what)) this.options.onRecovered(what);
  }
}

/** Expires with its interval: a late duplicate is dropped, not piled up. */
const taskOf = ({ key, kind, payload, intervalMs }: Due): NewTask => ({
  id: v7(),
  kind,
  key,
  payload,
  expiresInMs: intervalMs,
});
