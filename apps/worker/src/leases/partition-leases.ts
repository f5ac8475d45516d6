import type { Lease } from '@replicante/coordinator';
import type { LeaseClaim } from '@replicante/kernel';
import type { ServiceSession } from '@replicante/service';

export interface PartitionLeasesOptions {
  readonly session: Pick<ServiceSession, 'living'>;
  readonly onError: (error: unknown) => void;
}

/** `partition:<n>`: who holds it works the clusters and platforms of that partition, nobody else (architecture.md §5). */
const keyOf = (partition: number): string => `partition:${partition}`;

export const claimOf = (lease: Lease, work: string): LeaseClaim => ({
  work,
  epoch: lease.epoch,
  token: lease.token,
  holder: lease.holder,
});

/** The leases of this worker's partitions, under its session; a new session takes them anew. No lease, no work. */
export class PartitionLeases {
  readonly #held = new Map<number, Lease>();
  readonly #closed = new AbortController();

  constructor(private readonly options: PartitionLeasesOptions) {}

  /** How many are held now, for metrics and readiness. */
  get count(): number {
    return [...this.#held.values()].filter(lease => !lease.lost.aborted).length;
  }

  /** Throws a sentence while there is no living session. */
  async check(): Promise<void> {
    await this.options.session.living();
  }

  /** On assignment of a partition: waits for the previous owner's lease to end, at most `withinMs`; then rejects. */
  async assigned(partition: number, withinMs: number): Promise<void> {
    if (this.held(partition)) return;
    const session = await this.options.session.living();
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(withinMs)]);
    this.#held.set(partition, await session.acquireWhenFree(keyOf(partition), signal));
  }

  /** After a partition went. */
  async revoked(partition: number): Promise<void> {
    const lease = this.#held.get(partition);
    this.#held.delete(partition);
    await lease?.release();
  }

  /** The lease under which a task of this partition may work; `undefined`: another has it, or nobody can tell. */
  async forTask(partition: number): Promise<Lease | undefined> {
    const held = this.held(partition);
    if (held) return held;
    try {
      const lease = await (await this.options.session.living()).acquire(keyOf(partition));
      if (lease) this.#held.set(partition, lease);
      return lease;
    } catch (error) {
      this.options.onError(error);
      return undefined;
    }
  }

  held(partition: number): Lease | undefined {
    const lease = this.#held.get(partition);
    return lease !== undefined && !lease.lost.aborted && lease.remainingMs() > 0 ? lease : undefined;
  }

  /** Waits for no lease any more; the end of the session releases them. */
  close(): void {
    this.#closed.abort(new Error('the worker is stopping'));
    this.#held.clear();
  }
}
