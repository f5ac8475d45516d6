import type { Coordinator } from '@replicante/coordinator';

/** The server behind the adapter, for real where there is one. */
export interface Outage {
  /** Gone without a word; connections break. */
  kill(): Promise<void>;
  /** Connections stay open and nothing answers. */
  freeze(): Promise<void> | void;
  thaw(): Promise<void> | void;
  /** Back after `kill`, on the same data if the adapter is durable. */
  restart(): Promise<void>;
}

export interface HolderState {
  readonly lost: boolean;
  readonly remainingMs: number;
}

/** A lease's holder that can be suspended as a whole: a process of its own wherever the adapter can be in several. */
export interface SuspendableHolder {
  readonly epoch: number;
  readonly token: number;
  state(): Promise<HolderState>;
  freeze(): void;
  thaw(): void;
  /** Gone without releasing anything. */
  kill(): Promise<void>;
}

/** What an adapter's spec supplies. Everything works on the same data. */
export interface CoordinatorHarness {
  /** A client of its own. The suite closes it. */
  client(): Promise<Coordinator>;
  holder(options: { readonly key: string; readonly ttlMs: number }): Promise<SuspendableHolder>;
  /** Ends a session behind its holder's back, as an operator can at the server. */
  endSession(sessionId: string): Promise<void>;
  readonly outage: Outage;
  stop(): Promise<void>;
}
