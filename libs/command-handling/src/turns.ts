/**
 * Work of one key in the order it came, one turn after the other: what comes while a turn is on its way is taken
 * together by the next. Keys do not wait for each other.
 */
export class Turns<Item> {
  readonly #waiting = new Map<string, Item[]>();

  /** `take` never rejects, and answers what the next turn has to take first. */
  constructor(private readonly take: (key: string, items: readonly Item[]) => Promise<readonly Item[]>) {}

  add(key: string, item: Item): void {
    const waiting = this.#waiting.get(key);
    if (waiting) return void waiting.push(item);
    this.#waiting.set(key, [item]);
    void this.#run(key);
  }

  async #run(key: string): Promise<void> {
    for (let items = this.#next(key); items.length > 0; items = this.#next(key)) {
      this.#waiting.set(key, []);
      const left = await this.take(key, items);
      if (left.length > 0) this.#waiting.set(key, [...left, ...this.#next(key)]);
    }
    this.#waiting.delete(key);
  }

  #next(key: string): readonly Item[] {
    return this.#waiting.get(key) ?? [];
  }
}
