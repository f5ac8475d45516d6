/** Exclusive work under a session. Keys: `leader:scheduler`, `partition:7`, `subscription:read-models`. */
export interface Lease {
  readonly key: string;
  /** Raised only by an audited command; the first half of the fence. */
  readonly epoch: number;
  /**
   * Strictly grows over *all* leases of this coordinator, across keys (safety.md §1), also over its restarts.
   * Re-acquiring a held key by its holder answers the same token.
   */
  readonly token: number;
  /** The session's id. */
  readonly holder: string;
  /**
   * Milliseconds that the holder may still act, by its own monotonic clock, counted from *before* the renewal was sent,
   * less the adapter's margin. 0 once lost. Timing-critical: no I/O.
   */
  remainingMs(): number;
  /** Aborted when the lease is lost, given up, or ran out by the holder's own clock. Never un-aborted. */
  readonly lost: AbortSignal;
  /** Idempotent; a no-op when it was lost. */
  release(): Promise<void>;
}

export interface SessionOptions {
  /** For people: service, host, process. */
  readonly name: string;
  /** Not below `capabilities.minTtlMs`. */
  readonly ttlMs: number;
}

/** Renews itself until closed; a session that cannot renew ends by its own clock before its leases can be taken. */
export interface Session {
  readonly id: string;
  /** Aborted when the session ended, for whatever reason; all its leases are lost with it. */
  readonly ended: AbortSignal;
  /** Compare-and-set. `undefined`: another session holds it. By the holder: the lease it already has. */
  acquire(key: string): Promise<Lease | undefined>;
  /** Waits until the lease is had. Rejects with the signal's reason when aborted, with `SESSION_ENDED` when it ended. */
  acquireWhenFree(key: string, signal: AbortSignal): Promise<Lease>;
  /** Announces this process to `members`; gone with the session. */
  join(group: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Releases everything at once. Idempotent. */
  close(): Promise<void>;
}

export interface Member {
  readonly sessionId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface LeaseView {
  readonly key: string;
  readonly holder: string;
  readonly holderName: string;
  readonly epoch: number;
  readonly token: number;
}

export interface CoordinatorCapabilities {
  readonly durable: boolean;
  readonly minTtlMs: number;
  /** A silent holder's lease is free for others at the latest so long after its last renewal. */
  expiryBoundMs(ttlMs: number): number;
}

/**
 * Sessions, leases, membership. Best effort: `members`, `leases` (for people). Compare-and-set: `acquire`, `newEpoch`.
 *
 * A lease is never freed before its holder's own stop. In an outage the holder stops before its TTL.
 * A holder whose wall and monotonic clocks drift apart by more than 1 s between two checks was suspended: it gives up.
 *
 * Errors carry `code`: `COORDINATOR_UNAVAILABLE` (try again), `SESSION_ENDED` (open another), `TTL_TOO_SHORT`,
 * `COORDINATOR_DATA_LOST` (the server's data is not what it was: nothing is granted before `newEpoch`). Only told by an
 * adapter's `onError`: `COORDINATOR_KEY_FOREIGN` (somebody else wrote what is ours; it is put right).
 */
export interface Coordinator {
  readonly capabilities: CoordinatorCapabilities;
  openSession(options: SessionOptions): Promise<Session>;
  members(group: string): Promise<readonly Member[]>;
  leases(): Promise<readonly LeaseView[]>;
  epoch(): Promise<number>;
  /**
   * The way out after lost coordinator data: leases granted from now on carry the new epoch. Answers it: above both the
   * present one and `above`, the highest epoch that any stream has seen. Holders of leases of an older epoch lose them
   * at their next renewal, and take them again under the new one.
   */
  newEpoch(above: number): Promise<number>;
  close(): Promise<void>;
}

export type CoordinatorErrorCode =
  | 'COORDINATOR_UNAVAILABLE'
  | 'SESSION_ENDED'
  | 'TTL_TOO_SHORT'
  | 'COORDINATOR_DATA_LOST'
  | 'COORDINATOR_KEY_FOREIGN';

export class CoordinatorError extends Error {
  constructor(
    readonly code: CoordinatorErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'CoordinatorError';
  }
}
