import { setTimeout as delay } from 'node:timers/promises';
import type { ConsulCalls, KvRow } from './consul-calls.js';

const WAIT_MS = 30_000;
/** After a failure: correctness does not hang on the watch, waiters and renewals ask by themselves. */
const RETRY_MS = 1_000;
/** Between two answers, so that a burst of grants is seen as few changes. */
const GAP_MS = 25;

/** One blocking query over all leases: who waits is woken when one comes free, who holds looks after one that went. */
export class LeaseWatch {
  readonly #closed = new AbortController();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #holders = new Set<(rows: readonly KvRow[]) => void>();
  #running: Promise<void> | undefined;

  constructor(
    private readonly calls: ConsulCalls,
    private readonly leases: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Idempotent; from the first session on. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Calls back when the lease at this path is nobody's; answers how to stop. */
  onFree(path: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(path) ?? new Set();
    this.#waiting.set(path, waiting.add(wake));
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(path) === waiting) this.#waiting.delete(path);
    };
  }

  /** Calls back with all leases after each change of one. */
  onChange(see: (rows: readonly KvRow[]) => void): () => void {
    this.#holders.add(see);
    return () => void this.#holders.delete(see);
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the coordinator was closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const closed = this.#closed.signal;
    let index = 0;
    let failing = false;
    while (!closed.aborted) {
      try {
        const seen = await this.calls.changes(this.leases, index, WAIT_MS, closed);
        // Lower than before: another Consul, whose changes a higher index would miss. At 0 it would not wait at all.
        index = Math.max(1, seen.index < index ? 1 : seen.index);
        failing = false;
        this.#tell(seen.rows);
        await delay(GAP_MS, undefined, { signal: closed });
      } catch (error) {
        if (closed.aborted) return;
        if (!failing) this.onError(error);
        failing = true;
        index = 0;
        await delay(RETRY_MS, undefined, { signal: closed }).catch(() => undefined); // closed meanwhile: the loop ends
      }
    }
  }

  #tell(rows: readonly KvRow[]): void {
    const held = new Set(rows.filter(row => row.session !== undefined).map(row => row.path));
    for (const [path, waiting] of [...this.#waiting])
      if (!held.has(path)) for (const wake of [...waiting]) wake();
    for (const see of [...this.#holders]) see(rows);
  }
}
