import type { Coordinator, Lease, Session } from '@replicante/coordinator';
import type { LeaseClaim } from '@replicante/kernel';

export interface PartitionLeasesOptions {
  readonly coordinator: Pick<Coordinator, 'openSession'>;
  readonly instance: string;
  readonly ttlMs: number;
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

/**
 * The session of this worker and the leases of its partitions. A session that ended is replaced by a new one at the next
 * call: no lease, no work, but a worker that lost its session is not lost for good.
 */
export class PartitionLeases {
  #session: Promise<Session> | undefined;
  readonly #held = new Map<number, Lease>();
  readonly #closed = new AbortController();

  constructor(private readonly options: PartitionLeasesOptions) {}

  /** How many are held now, for metrics and readiness. */
  get count(): number {
    return [...this.#held.values()].filter(lease => !lease.lost.aborted).length;
  }

  /** Throws a sentence while there is no living session. */
  async check(): Promise<void> {
    await this.#living();
  }

  /** On assignment of a partition: waits for the previous owner's lease to end, at most `withinMs`; then rejects. */
  async assigned(partition: number, withinMs: number): Promise<void> {
    if (this.held(partition)) return;
    const session = await this.#living();
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
      const lease = await (await this.#living()).acquire(keyOf(partition));
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

  async close(): Promise<void> {
    this.#closed.abort(new Error('the worker is stopping'));
    const opening = this.#session;
    this.#session = undefined;
    this.#held.clear();
    if (opening === undefined) return;
    await (await opening).close();
  }

  #living(): Promise<Session> {
    const current = this.#session;
    if (current === undefined) return this.#open();
    return current.then(
      session => (session.ended.aborted ? this.#replace(current) : session),
      (error: unknown) => {
        this.options.onError(error);
        return this.#replace(current);
      },
    );
  }

  /** One new session for all who find the old one ended: a second one would hold leases that nobody uses. */
  #replace(old: Promise<Session>): Promise<Session> {
    return this.#session === old ? this.#open() : this.#living();
  }

  #open(): Promise<Session> {
    if (this.#closed.signal.aborted) return Promise.reject(new Error('the worker is stopping'));
    const { coordinator, instance, ttlMs } = this.options;
    this.#session = coordinator.openSession({ name: instance, ttlMs });
    return this.#session;
  }
}
