import { CoordinatorError } from './coordinator.port.js';
import type { Lease, Session } from './coordinator.port.js';
import { HeldLease } from './held-lease.js';
import type { LeaseGrant, Renewal, SessionBackend } from './session-backend.js';
import type { SessionTime } from './session-time.js';
import { TurnsByKey } from './turns-by-key.js';

/** Wall and monotonic clock may drift apart by so much between two checks; more means a suspended machine. */
const MAX_DRIFT_MS = 1_000;
const MAX_CHECK_INTERVAL_MS = 500;

export interface SessionKeeperOptions {
  readonly id: string;
  readonly ttlMs: number;
  /** The holder stops so long before its TTL: for clocks that run at different speeds. */
  readonly marginMs: number;
  /** Monotonic time from *before* the request that opened the session was sent. */
  readonly openedAtMs: number;
  readonly backend: SessionBackend;
  readonly time: SessionTime;
  /** How often a waiter asks by itself; being woken is only faster. */
  readonly pollMs: number;
  /** Failures that the keeper gets over by itself. */
  readonly onError: (error: unknown) => void;
}

/**
 * The holder's side of a lease (safety.md §1), written once for every adapter: renew, stop by the own clock, give up
 * after a suspension, never answer "held" for what may have ended.
 */
export class SessionKeeper implements Session {
  readonly id: string;
  readonly #options: SessionKeeperOptions;
  readonly #ended = new AbortController();
  readonly #leases = new Map<string, HeldLease>();
  readonly #turns = new TurnsByKey();
  #deadlineMs: number;
  #renewAtMs: number;
  #drift: number;
  #renewing = false;
  #inDoubt = false;
  #finishing: Promise<void> | undefined;
  #cancelTick: () => void = () => undefined;
  #stopDoubting: (() => void) | undefined;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.id = options.id;
    this.#deadlineMs = options.openedAtMs + options.ttlMs - options.marginMs;
    this.#renewAtMs = options.openedAtMs + options.ttlMs / 3;
    this.#drift = options.time.wallMs() - options.time.monotonicMs();
    this.#stopDoubting = options.backend.onDoubt?.(() => {
      this.#inDoubt = true;
      this.#tick();
    });
    this.#tick();
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  acquire(key: string): Promise<Lease | undefined> {
    return this.#turns.take(key, async () => {
      this.#mustLive();
      const held = this.#leases.get(key);
      if (held && held.remainingMs() > 0) return held;
      const grant = await this.#options.backend.acquire(key);
      // The answer may come after this session's time: then it is worth nothing.
      this.#mustLive();
      if (!grant) return undefined;
      const lease = new HeldLease(
        grant,
        this.id,
        () => this.#remainingMs(),
        gone => this.#giveBack(gone),
      );
      this.#leases.set(key, lease);
      return lease;
    });
  }

  async acquireWhenFree(key: string, signal: AbortSignal): Promise<Lease> {
    for (;;) {
      signal.throwIfAborted();
      const lease = await this.acquire(key).catch((error: unknown) => {
        if (error instanceof CoordinatorError && error.code === 'COORDINATOR_UNAVAILABLE') {
          this.#options.onError(error);
          return undefined;
        }
        throw error;
      });
      if (lease && !signal.aborted) return lease;
      if (lease) await lease.release();
      signal.throwIfAborted();
      await this.#waitUntilMaybeFree(key, signal);
    }
  }

  async join(group: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    this.#mustLive();
    await this.#options.backend.join(group, attributes);
  }

  async close(): Promise<void> {
    await this.#finish(new CoordinatorError('SESSION_ENDED', `session ${this.id} was closed`), true);
  }

  #remainingMs(): number {
    return this.#lives() ? this.#deadlineMs - this.#options.time.monotonicMs() : 0;
  }

  #mustLive(): void {
    if (!this.#lives()) throw new CoordinatorError('SESSION_ENDED', `session ${this.id} has ended`);
  }

  /** Asks both clocks, and ends the session when either says that it may be over. */
  #lives(): boolean {
    if (this.#ended.signal.aborted) return false;
    const now = this.#options.time.monotonicMs();
    const drift = this.#options.time.wallMs() - now;
    const jump = Math.abs(drift - this.#drift);
    this.#drift = drift;
    if (jump <= MAX_DRIFT_MS && now < this.#deadlineMs) return true;
    const why =
      jump > MAX_DRIFT_MS
        ? `its clocks drifted apart by ${Math.round(jump)} ms`
        : 'it was not renewed in time';
    void this.#finish(new CoordinatorError('SESSION_ENDED', `session ${this.id} gave up: ${why}`), true);
    return false;
  }

  #tick(): void {
    this.#cancelTick();
    if (!this.#lives()) return;
    const { time, ttlMs } = this.#options;
    const now = time.monotonicMs();
    if (!this.#renewing && (this.#inDoubt || now >= this.#renewAtMs)) void this.#renew();
    const untilRenewal = this.#renewing ? ttlMs : this.#renewAtMs - now;
    const next = Math.min(this.#deadlineMs - now, untilRenewal, MAX_CHECK_INTERVAL_MS, ttlMs / 10);
    this.#cancelTick = time.after(Math.max(1, next), () => {
      this.#tick();
    });
  }

  async #renew(): Promise<void> {
    const { backend, time, ttlMs, marginMs, onError } = this.#options;
    this.#renewing = true;
    this.#inDoubt = false;
    const sentAt = time.monotonicMs();
    const known = [...this.#leases.values()];
    const busy = this.#turns.busy();
    try {
      const answer = await backend.renew(Math.max(50, Math.min(2_000, this.#deadlineMs - sentAt, ttlMs / 2)));
      if (!this.#lives()) return;
      this.#deadlineMs = sentAt + ttlMs - marginMs;
      this.#renewAtMs = sentAt + ttlMs / 3;
      this.#compare(answer, known, busy);
    } catch (error) {
      if (error instanceof CoordinatorError && error.code === 'SESSION_ENDED')
        return await this.#finish(error, false);
      this.#renewAtMs = time.monotonicMs() + Math.min(500, ttlMs / 20);
      onError(error);
    } finally {
      this.#renewing = false;
      this.#tick();
    }
  }

  /** Leases that the server no longer knows are lost; those that nobody here claims (a lost answer) are given back. */
  #compare(answer: Renewal, known: readonly HeldLease[], busy: ReadonlySet<string>): void {
    for (const lease of known) {
      if (lease.lost.aborted) continue;
      const there = answer.leases.some(row => row.key === lease.key && row.token === lease.token);
      if (!there) this.#drop(lease, new Error(`lease ${lease.key} is no longer this session's`));
      else if (lease.epoch < answer.epoch) {
        this.#drop(
          lease,
          new Error(`lease ${lease.key} is of epoch ${lease.epoch}, present is ${answer.epoch}`),
        );
        void this.#giveBack(lease);
      }
    }
    for (const row of answer.leases) {
      if (busy.has(row.key) || this.#turns.busy().has(row.key) || this.#leases.has(row.key)) continue;
      void this.#giveBackGrant(row);
    }
  }

  #drop(lease: HeldLease, reason: Error): void {
    if (this.#leases.get(lease.key) === lease) this.#leases.delete(lease.key);
    lease.lose(reason);
  }

  async #giveBack(lease: HeldLease): Promise<void> {
    if (this.#leases.get(lease.key) === lease) this.#leases.delete(lease.key);
    await this.#giveBackGrant(lease.grant);
  }

  /** A failure leaves the lease to the next renewal's comparison, or to the session's end. */
  async #giveBackGrant(grant: LeaseGrant): Promise<void> {
    await this.#turns.take(grant.key, async () => {
      if (this.#ended.signal.aborted || this.#leases.get(grant.key)?.token === grant.token) return;
      await this.#options.backend.release(grant).catch(this.#options.onError);
    });
  }

  #waitUntilMaybeFree(key: string, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const cleanUps: (() => void)[] = [];
      const wake = (): void => {
        for (const cleanUp of cleanUps.splice(0)) cleanUp();
        resolve();
      };
      for (const source of [signal, this.#ended.signal]) {
        source.addEventListener('abort', wake);
        cleanUps.push(() => {
          source.removeEventListener('abort', wake);
        });
      }
      cleanUps.push(this.#options.time.after(this.#options.pollMs, wake));
      cleanUps.push(this.#options.backend.onFreed(key, wake));
      if (signal.aborted || this.#ended.signal.aborted) wake();
    });
  }

  #finish(reason: CoordinatorError, tellServer: boolean): Promise<void> {
    this.#finishing ??= this.#stopThenFree(reason, tellServer);
    return this.#finishing;
  }

  async #stopThenFree(reason: CoordinatorError, tellServer: boolean): Promise<void> {
    this.#cancelTick();
    this.#stopDoubting?.();
    const leases = [...this.#leases.values()];
    this.#leases.clear();
    // Stop everything here first; only then may the server free it for others.
    this.#ended.abort(reason);
    for (const lease of leases) lease.lose(reason);
    if (tellServer) await this.#options.backend.end().catch(this.#options.onError);
  }
}
