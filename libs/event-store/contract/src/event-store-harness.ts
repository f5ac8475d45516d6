import type { EventStore } from '@replicante/event-store';

/** A real server under the store, which the suite treats badly. */
export interface EventStoreServer {
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;

  /** A client whose line to the server the suite can hold and cut. */
  openBehindLink(): Promise<{ readonly store: EventStore; readonly link: HeldLine }>;
  /** The store's data, dumped and restored as rows into a place where nothing ran before. */
  restoredCopy(): Promise<{ readonly store: EventStore; close(): Promise<void> }>;
  /** A transaction that has written and stays open, in another database of the same server. */
  openWriterElsewhere(): Promise<{ close(): Promise<void> }>;
}

export interface HeldLine {
  /** Lets so many more bytes of requests pass (default none), then holds the rest. */
  holdRequests(afterBytes?: number): void;
  holdAnswers(): void;
  readonly isHolding: boolean;
  release(): void;
  cut(): void;
}

export interface EventStoreHarness {
  /** One more client of the same store; the suite closes it. The first store of a harness is empty. */
  openStore(): Promise<EventStore>;
  /** Stands exactly when the store's capability `durable` is true. */
  readonly server?: EventStoreServer;
  /** Longest time in which a call on a frozen server settles. */
  readonly deadlineMs: number;
  close(): Promise<void>;
}

export type MakeEventStoreHarness = () => Promise<EventStoreHarness>;
