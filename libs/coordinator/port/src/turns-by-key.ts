/** Runs the work of one key one after the other, and of different keys at once. */
export class TurnsByKey {
  readonly #last = new Map<string, Promise<unknown>>();

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    // Kept apart from what the caller gets: its rejection is the caller's, not the next turn's.
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return turn;
  }

  busy(): ReadonlySet<string> {
    return new Set(this.#last.keys());
  }
}
