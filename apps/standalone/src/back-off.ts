const LONGEST_MS = 30_000;
/** Up for so long counts as healthy: the next restart waits the first delay again. */
const HEALTHY_MS = 30_000;

/** Delays between restarts: the first, then doubling up to 30 s. */
export class BackOff {
  private next: number;

  constructor(private readonly firstMs: number) {
    this.next = firstMs;
  }

  /** `upMs`: how long it had run. */
  after(upMs: number): number {
    if (upMs >= HEALTHY_MS) this.next = this.firstMs;
    const delay = this.next;
    this.next = Math.min(Math.max(this.next * 2, 1), LONGEST_MS);
    return delay;
  }
}
