/** After a change on the bus: the read model follows the same events, soon, but not at the same moment. */
const AFTER_CHANGE_MS = [50, 250, 1_000, 3_000];
/** The fallback: whatever the bus loses, costs so long at most. */
const AT_LEAST_EVERY_MS = 10_000;
const AFTER_FAILURE_MS = 1_000;

/** When to read again what is active. Pure. */
export class RefreshTimes {
  #wanted: readonly number[] = [0];

  isDue(nowMs: number): boolean {
    return this.#wanted.some(at => at <= nowMs);
  }

  changed(nowMs: number): void {
    this.#wanted = [...this.#wanted, ...AFTER_CHANGE_MS.map(ms => nowMs + ms)];
  }

  /** `beganMs`: what was wanted by then is done; what came while it was read is not. */
  done(beganMs: number): void {
    this.#wanted = [...this.#wanted.filter(at => at > beganMs), beganMs + AT_LEAST_EVERY_MS];
  }

  failed(nowMs: number): void {
    this.#wanted = [nowMs + AFTER_FAILURE_MS];
  }
}
