/** How long to wait before a restart: doubles with each failure, begins anew after a time of health. */
export class BackOff {
  #next: number;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs = 30_000,
    private readonly healthyMs = 30_000,
  ) {
    this.#next = firstMs;
  }

  /** The wait after a run of that length. */
  after(ranMs: number): number {
    if (ranMs >= this.healthyMs) this.#next = this.firstMs;
    const wait = this.#next;
    this.#next = Math.min(Math.max(this.#next * 2, 1), Math.max(this.maxMs, this.firstMs));
    return wait;
  }
}
