/** So many that were given up are remembered, in case their record is in the log after all. */
const MAX_GIVEN_UP = 1_000;

/** What waits to read the verdict on its own record. */
export class Calls<V extends { readonly call: string }> {
  readonly #waiting = new Map<string, (verdict: V) => void>();
  readonly #givenUp = new Map<string, (verdict: V) => void>();

  expect(call: string): Promise<V> {
    return new Promise(resolve => this.#waiting.set(call, resolve));
  }

  /** Nobody waits any more; `late` hears of it when it was written nevertheless. */
  giveUp(call: string, late?: (verdict: V) => void): void {
    if (!this.#waiting.delete(call) || !late) return;
    this.#givenUp.set(call, late);
    for (const oldest of this.#givenUp.keys()) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) break;
      this.#givenUp.delete(oldest);
    }
  }

  settle(verdict: V): void {
    const { call } = verdict;
    const hear = this.#waiting.get(call) ?? this.#givenUp.get(call);
    this.#waiting.delete(call);
    this.#givenUp.delete(call);
    hear?.(verdict);
  }
}
