const RETRY_MS = 500;

/**
 * Sessions that ended here while Consul could not be told. Their holders have stopped; ended there as well as soon as it
 * answers, so that a successor need not wait for the full expiry after an outage.
 */
export class UntoldEnds {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(private readonly onError: (error: unknown) => void) {}

  /** Rejects with the first failure, and goes on trying beside until Consul has ended it by itself, `withinMs` from now. */
  async end(sessionId: string, withinMs: number, end: () => Promise<void>): Promise<void> {
    const until = performance.now() + withinMs;
    try {
      await end();
    } catch (error) {
      this.#later(sessionId, end, until);
      throw error;
    }
  }

  /** Leaves the rest to Consul. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(sessionId: string, end: () => Promise<void>, until: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(sessionId);
      end().catch((error: unknown) => {
        if (performance.now() < until) this.#later(sessionId, end, until);
        else this.onError(error);
      });
    }, RETRY_MS);
    // A process that is done need not stay for it.
    timer.unref();
    this.#timers.set(sessionId, timer);
  }
}
