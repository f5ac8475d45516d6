interface Entry<T> {
  readonly atMs: number;
  readonly turn: number;
  readonly item: T;
}

/** Smallest time first, then first come. What is no longer wanted is dropped as it surfaces. */
export class DueHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #turn = 0;

  get size(): number {
    return this.#entries.length;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  push(item: T, atMs: number): void {
    const entries = this.#entries;
    entries.push({ item, atMs, turn: this.#turn++ });
    for (let child = entries.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** The first that is still wanted, left where it is. */
  peek(isWanted: (item: T, atMs: number) => boolean): Pick<Entry<T>, 'item' | 'atMs'> | undefined {
    for (;;) {
      const first = this.#entries[0];
      if (!first || isWanted(first.item, first.atMs)) return first;
      this.pop();
    }
  }

  pop(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (!last || entries.length === 0) return;
    entries[0] = last;
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let least = parent;
      if (left < entries.length && this.#isBefore(left, least)) least = left;
      if (right < entries.length && this.#isBefore(right, least)) least = right;
      if (least === parent) return;
      this.#swap(least, parent);
      parent = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#entries[one], this.#entries[other]];
    if (!a || !b) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#entries[one], this.#entries[other]];
    if (!a || !b) return;
    this.#entries[one] = b;
    this.#entries[other] = a;
  }
}
