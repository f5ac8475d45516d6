import type { Clock } from '@replicante/kernel';

/** As `command` tolerates of its own clock (safety.md §11). */
const TOLERATED_MS = 5_000;
/** How long what was heard counts: a clock that is set right is believed after two of them. */
const WINDOW_MS = 60_000;
/** A record from further ahead was written by nobody's clock. */
const MOST_AHEAD_MS = 24 * 60 * 60 * 1_000;

/**
 * Now, for ages of facts whose times `command` recorded. A clock behind `command`'s would take the old for new, which
 * no reader could see; what the bus brings from "the future" tells by how much. A clock ahead makes facts look older than
 * they are: that errs on the safe side, and cannot be told from a bus that is late (docs/adr/0017).
 */
export class HeardClock {
  #behindMs = 0;
  #behindBeforeMs = 0;
  #windowEndsMs = -Infinity;

  constructor(private readonly clock: Clock) {}

  /** `time`: RFC 3339, of a record as it comes in. What is no time says nothing. */
  hear(time: string): void {
    const behindMs = Date.parse(time) - this.clock.wallMs();
    if (!(behindMs < MOST_AHEAD_MS)) return;
    this.#turnWindow();
    this.#behindMs = Math.max(this.#behindMs, behindMs);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.clock.wallMs() + this.behindMs();
  }

  /** At least; 0 when the clock is right or ahead. */
  behindMs(): number {
    return Math.max(this.#behindMs, this.#behindBeforeMs);
  }

  /** Throws the sentence for the readiness probe. */
  check(): void {
    const behindMs = this.behindMs();
    if (behindMs > TOLERATED_MS)
      throw new Error(
        `the clock is ${Math.round(behindMs / 1000)} s behind the newest record heard of: set the clock`,
      );
  }

  /** Only as something is heard: while nothing is, nothing speaks against what was heard before. */
  #turnWindow(): void {
    const now = this.clock.monotonicMs();
    if (now < this.#windowEndsMs) return;
    this.#behindBeforeMs = this.#behindMs;
    this.#behindMs = 0;
    this.#windowEndsMs = now + WINDOW_MS;
  }
}
