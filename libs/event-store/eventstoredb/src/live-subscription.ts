import {
  START,
  streamNameFilter,
  type AllStreamRecordedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import type { LogPosition } from './log-position.js';

/** Streams of the server itself begin with `$`. */
const NOT_SYSTEM = '^[^$]';
/** Events that wait for their reader before the server is made to wait. */
const BUFFERED = 2_000;

export interface Taken {
  readonly events: readonly AllStreamRecordedEvent[];
  /** Everything up to here was delivered or filtered out; known only when nothing is left to take. */
  readonly passed: LogPosition | undefined;
  /** Nothing is left to take, and the server says that it has given all that there is. */
  readonly caughtUp: boolean;
  /** It is dead: it said so once, and will never say anything again. */
  readonly failure: Error | undefined;
}

/** The client's subscription, which pushes, as one that is asked. */
export class LiveSubscription {
  readonly #subscription: AllStreamSubscription;
  #events: AllStreamRecordedEvent[] = [];
  #passed: LogPosition | undefined;
  #caughtUp = false;
  #failure: Error | undefined;
  #arrived = 0;
  #wake: () => void = () => undefined;

  constructor(
    client: EventStoreDBClient,
    after: LogPosition | undefined,
    prefixes: readonly string[] | undefined,
  ) {
    const checkpointReached = (_: unknown, position: LogPosition): void => {
      this.#passed = position;
      this.#arrived += 1;
    };
    this.#subscription = client.subscribeToAll({
      fromPosition: after ?? START,
      requiresLeader: true,
      filter: prefixes
        ? streamNameFilter({ prefixes: [...prefixes], checkpointReached })
        : streamNameFilter({ regex: NOT_SYSTEM, checkpointReached }),
    });
    this.#subscription.on('data', ({ event }) => {
      this.#arrived += 1;
      if (event !== undefined) this.#events.push(event);
      if (this.#events.length >= BUFFERED) this.#subscription.pause();
      this.#wake();
    });
    this.#subscription.on('caughtUp', () => {
      this.#caughtUp = true;
      this.#arrived += 1;
      this.#wake();
    });
    this.#subscription.on('fellBehind', () => {
      this.#caughtUp = false;
    });
    // One error and then silence, without an end (eventstoredb.md); the other two are for servers that end politely.
    this.#subscription.on('error', error => this.#fail(error));
    this.#subscription.on('end', () => this.#fail(new Error('the server ended the subscription')));
    this.#subscription.on('close', () => this.#fail(new Error('the subscription was closed')));
  }

  /** Grows with everything that the server sends: a subscription whose count stands still may be dead. */
  get arrived(): number {
    return this.#arrived;
  }

  /** At most `max` events, as soon as there is something to tell, and at the latest after `timeoutMs`. */
  async take(max: number, timeoutMs: number, signal: AbortSignal): Promise<Taken> {
    const told = this.#caughtUp;
    if (this.#events.length === 0 && this.#failure === undefined && !signal.aborted)
      await this.#somethingToTell(told, timeoutMs, signal);
    const events = this.#events.splice(0, max);
    if (this.#events.length < BUFFERED / 2) this.#subscription.resume();
    const drained = this.#events.length === 0 && this.#subscription.readableLength === 0;
    return {
      events,
      passed: drained ? this.#passed : undefined,
      caughtUp: drained && this.#caughtUp,
      // What it still holds then comes again, from the reader's own position.
      failure: events.length === 0 ? this.#failure : undefined,
    };
  }

  close(): void {
    this.#failure ??= new Error('closed');
    // Cancelling waits for the call to exist; one that never came to be is not there to be cancelled.
    void this.#subscription.unsubscribe().then(
      () => this.#subscription.destroy(),
      () => this.#subscription.destroy(),
    );
  }

  #somethingToTell(toldCaughtUp: boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.#wake = () => {
        if (this.#events.length > 0 || this.#failure !== undefined || this.#caughtUp !== toldCaughtUp) done();
      };
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
