import type { Clock } from '@replicante/kernel';
import type { HandlingObserver } from './observer.js';

const TOLERATED_MS = 5_000;

/** A clock more than 5 s behind the stream is a readiness failure (safety.md §11). Recovers as the clock goes on. */
export class StreamClock implements HandlingObserver {
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  streamTime(recordedMs: number): void {
    if (recordedMs > this.#newestMs) this.#newestMs = recordedMs;
  }

  /** Throws the sentence for the readiness probe. */
  check(): void {
    const behindMs = this.#newestMs - this.clock.wallMs();
    if (behindMs > TOLERATED_MS)
      throw new Error(`the clock is ${Math.round(behindMs / 1000)} s behind the newest event: set the clock`);
  }
}
