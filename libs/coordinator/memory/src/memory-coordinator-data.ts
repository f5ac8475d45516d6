import { CoordinatorError } from '@replicante/coordinator';
import type { LeaseGrant, LeaseView, Member, Renewal, SessionTime } from '@replicante/coordinator';

interface SessionRow {
  readonly id: string;
  readonly name: string;
  readonly ttlMs: number;
  expiresAtMs: number;
  readonly groups: Map<string, Readonly<Record<string, string>>>;
}

interface LeaseRow extends LeaseGrant {
  readonly holder: string;
}

/** What all clients of one memory coordinator share: the "server". Time is its own, as a database's would be. */
export class MemoryCoordinatorData {
  readonly #sessions = new Map<string, SessionRow>();
  readonly #leases = new Map<string, LeaseRow>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #epoch = 1;
  #token = 0;
  #reachable: 'yes' | 'no' | 'frozen' = 'yes';
  readonly #thawed = new Set<() => void>();

  constructor(private readonly time: SessionTime) {}

  /** For tests of outages: refuse every call, or let each hang until its deadline. */
  setReachable(reachable: 'yes' | 'no' | 'frozen'): void {
    this.#reachable = reachable;
    if (reachable !== 'frozen') for (const go of [...this.#thawed]) go();
  }

  /** What a restart means for data that is not durable: nothing is left, counters included. */
  forget(): void {
    this.#sessions.clear();
    this.#leases.clear();
    this.#epoch = 1;
    this.#token = 0;
  }

  /** Every call goes through here, as through a network. */
  async reach(timeoutMs: number): Promise<void> {
    if (this.#reachable === 'frozen') {
      await new Promise<void>(resolve => {
        const go = (): void => {
          this.#thawed.delete(go);
          cancel();
          resolve();
        };
        const cancel = this.time.after(timeoutMs, go);
        this.#thawed.add(go);
      });
    }
    if (this.#reachable !== 'yes')
      throw new CoordinatorError('COORDINATOR_UNAVAILABLE', 'the memory coordinator was made unreachable');
  }

  open(id: string, name: string, ttlMs: number): void {
    this.#sweep();
    this.#sessions.set(id, {
      id,
      name,
      ttlMs,
      expiresAtMs: this.time.monotonicMs() + ttlMs,
      groups: new Map(),
    });
  }

  renew(id: string): Renewal {
    const session = this.#living(id);
    session.expiresAtMs = this.time.monotonicMs() + session.ttlMs;
    return { epoch: this.#epoch, leases: [...this.#leases.values()].filter(lease => lease.holder === id) };
  }

  acquire(id: string, key: string): LeaseGrant | undefined {
    this.#living(id);
    const held = this.#leases.get(key);
    if (held && held.holder !== id) return undefined;
    if (held && held.epoch === this.#epoch) return held;
    const lease = { key, holder: id, epoch: this.#epoch, token: ++this.#token };
    this.#leases.set(key, lease);
    return lease;
  }

  release(id: string, grant: LeaseGrant): void {
    const held = this.#leases.get(grant.key);
    if (held?.holder !== id || held.token !== grant.token) return;
    this.#leases.delete(grant.key);
    this.#wake(grant.key);
  }

  join(id: string, group: string, attributes: Readonly<Record<string, string>>): void {
    this.#living(id).groups.set(group, { ...attributes });
  }

  end(id: string): void {
    this.#sessions.delete(id);
    for (const lease of [...this.#leases.values()])
      if (lease.holder === id) {
        this.#leases.delete(lease.key);
        this.#wake(lease.key);
      }
  }

  members(group: string): readonly Member[] {
    this.#sweep();
    return [...this.#sessions.values()].flatMap(({ id, name, groups }) => {
      const attributes = groups.get(group);
      return attributes ? [{ sessionId: id, name, attributes }] : [];
    });
  }

  leases(): readonly LeaseView[] {
    this.#sweep();
    return [...this.#leases.values()].map(lease => ({
      ...lease,
      holderName: this.#sessions.get(lease.holder)?.name ?? '',
    }));
  }

  epoch(): number {
    return this.#epoch;
  }

  newEpoch(above: number): number {
    this.#epoch = Math.max(this.#epoch, above) + 1;
    return this.#epoch;
  }

  onFreed(key: string, wake: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(wake));
    return () => {
      listeners.delete(wake);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  #living(id: string): SessionRow {
    this.#sweep();
    const session = this.#sessions.get(id);
    if (!session) throw new CoordinatorError('SESSION_ENDED', `session ${id} has ended`);
    return session;
  }

  #sweep(): void {
    const now = this.time.monotonicMs();
    for (const session of [...this.#sessions.values()]) if (session.expiresAtMs <= now) this.end(session.id);
  }

  #wake(key: string): void {
    for (const wake of [...(this.#listeners.get(key) ?? [])]) wake();
  }
}
