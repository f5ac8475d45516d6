/**
 * Lets readers sleep until something may have changed. A reader notes `version` *before* it reads and waits for
 * another version after it: a change between the two is not missed.
 */
export class WakeSignal {
  #version = 0;
  readonly #waiting = new Set<() => void>();

  get version(): number {
    return this.#version;
  }

  wake(): void {
    this.#version += 1;
    for (const resume of [...this.#waiting]) resume();
  }

  /** Resolves when the version differs from `seen`, after `timeoutMs`, or when `signal` aborts. Never rejects. */
  changedSince(seen: number, signal: AbortSignal, timeoutMs: number): Promise<void> {
    if (this.#version !== seen || signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }
}
