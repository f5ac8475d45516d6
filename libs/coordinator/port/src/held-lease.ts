import type { Lease } from './coordinator.port.js';
import type { LeaseGrant } from './session-backend.js';

/** One lease in its holder's hand. It lives exactly as long as its session, unless it is lost or released before. */
export class HeldLease implements Lease {
  readonly key: string;
  readonly epoch: number;
  readonly token: number;
  readonly #lost = new AbortController();

  constructor(
    readonly grant: LeaseGrant,
    readonly holder: string,
    private readonly sessionRemainingMs: () => number,
    private readonly giveBack: (lease: HeldLease) => Promise<void>,
  ) {
    this.key = grant.key;
    this.epoch = grant.epoch;
    this.token = grant.token;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  remainingMs(): number {
    // Asked first: it may find that the session's time is over, which loses this lease.
    const remaining = this.sessionRemainingMs();
    return this.#lost.signal.aborted ? 0 : remaining;
  }

  async release(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    // Stop first, free after: the other way round two would hold it for a moment.
    this.lose(new Error(`lease ${this.key} was released`));
    await this.giveBack(this);
  }

  /** @internal */
  lose(reason: Error): void {
    this.#lost.abort(reason);
  }
}
