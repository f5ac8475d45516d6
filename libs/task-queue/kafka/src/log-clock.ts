/**
 * The time of one partition's log, the same for every reader: it advances by what the broker's time stamps advance, and
 * stands still where they step back (a broker whose clock was set, a new leader with another clock). Time that stepped back
 * as a whole would stop every expiry until it had caught up.
 */
export class LogClock {
  #nowMs = 0;
  #stampMs = 0;

  /** Milliseconds, on a scale of its own: begins with the first record's stamp. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The broker's time of the last record. */
  get stampMs(): number {
    return this.#stampMs;
  }

  advanceTo(stampMs: number): void {
    if (this.#nowMs === 0) this.#nowMs = stampMs;
    else this.#nowMs += Math.max(0, stampMs - this.#stampMs);
    this.#stampMs = stampMs;
  }

  written(): readonly [nowMs: number, stampMs: number] {
    return [this.#nowMs, this.#stampMs];
  }

  restore([nowMs, stampMs]: readonly [number, number]): void {
    this.#nowMs = nowMs;
    this.#stampMs = stampMs;
  }
}
