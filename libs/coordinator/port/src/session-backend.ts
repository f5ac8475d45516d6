/** A lease as the server granted it. */
export interface LeaseGrant {
  readonly key: string;
  readonly epoch: number;
  readonly token: number;
}

/** What one renewal of a whole session answers. */
export interface Renewal {
  /** The coordinator's present epoch. */
  readonly epoch: number;
  /** Every lease that the server counts as this session's. */
  readonly leases: readonly LeaseGrant[];
}

/**
 * The server's side of one session: what an adapter supplies to `SessionKeeper`. Each call ends within its own
 * deadline, also against a frozen server, and rejects with a `CoordinatorError`.
 */
export interface SessionBackend {
  /** Extends the session by its full TTL, if it still lives; else rejects with `SESSION_ENDED`. */
  renew(timeoutMs: number): Promise<Renewal>;
  /** Compare-and-set. The holder itself is answered the grant it has, unless the epoch was raised since. */
  acquire(key: string): Promise<LeaseGrant | undefined>;
  /** Frees the lease if this session still holds it under this token. */
  release(grant: LeaseGrant): Promise<void>;
  join(group: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the session and frees all that it holds. */
  end(): Promise<void>;
  /** Best effort: calls back when the key may have become free. Answers how to stop listening. */
  onFreed(key: string, wake: () => void): () => void;
  /**
   * Best effort: calls back when the next renewal would find the session or one of its leases gone, so that the keeper
   * asks at once. Answers how to stop listening.
   */
  onDoubt?(ask: () => void): () => void;
}
