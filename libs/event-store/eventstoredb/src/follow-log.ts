import type { RecordedEvent } from '@eventstore/db-client';
import type {
  AllPage,
  EventStore,
  Position,
  StoredEvent,
  SubscribeAllOptions,
  SubscriptionBatch,
} from '@replicante/event-store';
import type { LiveSubscription } from './live-subscription.js';
import { logPositionOf, positionOf, type LogPosition } from './log-position.js';
import { isSystem } from './stored-event.js';
import { pause, untilAborted } from './until-aborted.js';

/** What following needs of the store. */
export interface Followed extends Pick<EventStore, 'readAll' | 'head'> {
  stored(event: RecordedEvent): StoredEvent;
  goLive(after: LogPosition | undefined, prefixes: readonly string[] | undefined): LiveSubscription;
  /** Throws `UNAVAILABLE` when this is not the log that held this event there. */
  verify(anchor: Pick<StoredEvent, 'id' | 'position'> | undefined): Promise<void>;
  /** A subscription that died and is resumed: nothing was lost. */
  onResume(cause: Error): void;
}

export interface FollowTiming {
  /** A live subscription that says nothing for so long is compared with the log. */
  readonly watchdogMs: number;
  /** Wait before a dead subscription is resumed: doubles, with jitter, from the first to the last. */
  readonly backOffMs: { readonly first: number; readonly longest: number };
}

const DEFAULT_BATCH = 500;

/**
 * Catches up by pages and subscribes near the head. A subscription that dies, or is silent behind the head, is resumed from
 * where the reader stands: by pages again, so that whatever it left out is read.
 *
 * A store that cannot be read at all is the caller's matter: it throws `UNAVAILABLE`, and whoever comes back looks first
 * whether it is still the same store (safety.md §4). The same is looked at here before a resumption.
 */
export async function* followLog(
  store: Followed,
  options: SubscribeAllOptions,
  timing: FollowTiming,
): AsyncGenerator<SubscriptionBatch> {
  const follower = new Follower(store, options);
  for (let deaths = 0; !options.signal.aborted;) {
    yield* follower.catchUp();
    if (options.signal.aborted) return;
    const cause = yield* follower.live(timing.watchdogMs);
    if (cause === undefined) return;
    store.onResume(cause);
    deaths = follower.tookSomething() ? 1 : deaths + 1;
    const { first, longest } = timing.backOffMs;
    const wait = Math.min(first * 2 ** (deaths - 1), longest);
    // Jitter: all subscriptions of a server that was restarted die at the same instant.
    await pause(wait * (0.5 + Math.random() / 2), options.signal);
    if (!options.signal.aborted) await follower.verify();
  }
}

class Follower {
  #position: Position | undefined;
  #anchor: StoredEvent | undefined;
  #announcedHead = false;
  #took = false;
  readonly #batchSize: number;
  readonly #filter: Pick<SubscribeAllOptions, 'streamPrefixes'>;

  constructor(
    private readonly store: Followed,
    private readonly options: SubscribeAllOptions,
  ) {
    this.#position = options.after;
    this.#batchSize = options.batchSize ?? DEFAULT_BATCH;
    this.#filter = options.streamPrefixes === undefined ? {} : { streamPrefixes: options.streamPrefixes };
  }

  /** Whether the last subscription gave something before it died. */
  tookSomething(): boolean {
    const took = this.#took;
    this.#took = false;
    return took;
  }

  verify(): Promise<void> {
    return this.store.verify(this.#anchor);
  }

  /** Pages up to the head. */
  async *catchUp(): AsyncGenerator<SubscriptionBatch> {
    for (let atHead = false; !atHead;) {
      const page = await this.#page(this.#position);
      if (page === 'aborted') return;
      const moved = page.position !== this.#position;
      ({ atHead } = page);
      if (page.events.length > 0 || moved || (atHead && !this.#announcedHead)) yield this.#advanced(page);
      this.#announcedHead ||= atHead;
    }
  }

  /** Ends with why the subscription is of no use any more, or with nothing when the caller has had enough. */
  async *live(watchdogMs: number): AsyncGenerator<SubscriptionBatch, Error | undefined> {
    const { signal } = this.options;
    const live = this.store.goLive(logPositionOf(this.#position), this.options.streamPrefixes);
    /** What had arrived when the watchdog last found something that had not. */
    let suspect = -1;
    try {
      while (!signal.aborted) {
        const taken = await live.take(this.#batchSize, watchdogMs, signal);
        const events = taken.events
          .filter(event => !isSystem(event))
          .map(event => this.store.stored(event))
          // Given already, by the watchdog.
          .filter(event => this.#position === undefined || event.position > this.#position);
        const position = events.at(-1)?.position;
        if (position !== undefined) {
          this.#took = true;
          yield this.#advanced({ events, position, atHead: taken.caughtUp });
        }
        if (taken.failure !== undefined) return signal.aborted ? undefined : taken.failure;
        if (taken.events.length > 0 || signal.aborted) continue;

        const missed = await this.#missed(taken.passed);
        if (missed === undefined) continue;
        yield missed;
        if (missed.events.length > 0 && suspect === live.arrived)
          return new Error(`the subscription is silent, and the log goes on (${this.#position})`);
        if (missed.events.length > 0) suspect = live.arrived;
      }
      return undefined;
    } finally {
      live.close();
    }
  }

  /**
   * What lies behind the reader although the subscription has nothing to give: a filtered stretch, or events that it owes.
   * `passed`: up to where it has filtered out everything; without that each look would read the stretch again.
   */
  async #missed(passed: LogPosition | undefined): Promise<SubscriptionBatch | undefined> {
    const checkpoint = passed && positionOf(passed);
    const ahead = checkpoint !== undefined && (this.#position === undefined || checkpoint > this.#position);
    const page = await this.#page(ahead ? checkpoint : this.#position);
    if (page === 'aborted') return undefined;
    let { position } = page;
    if (ahead && position === checkpoint) {
      // A checkpoint may lie beyond the newest event, and a reader beyond the head is taken for one of another store.
      const head = await this.store.head();
      position = head !== undefined && head < checkpoint ? head : checkpoint;
      if (this.#position !== undefined && position < this.#position) return undefined;
    }
    if (page.events.length === 0 && position === this.#position) return undefined;
    return this.#advanced({ ...page, position });
  }

  #advanced(batch: SubscriptionBatch): SubscriptionBatch {
    this.#position = batch.position;
    this.#anchor = batch.events.at(-1) ?? this.#anchor;
    return batch;
  }

  #page(after: Position | undefined): Promise<AllPage | 'aborted'> {
    const from = after === undefined ? {} : { after };
    return untilAborted(
      this.store.readAll({ ...this.#filter, ...from, limit: this.#batchSize }),
      this.options.signal,
    );
  }
}
