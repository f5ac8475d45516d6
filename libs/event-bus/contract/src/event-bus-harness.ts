import type { EventBus } from '@replicante/event-bus';

/** A real server under the bus, which the suite treats badly. */
export interface EventBusServer {
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  /** A client whose line to the server the suite can silence: to the server it looks frozen. */
  openBehindLink(): Promise<{ readonly bus: EventBus; silence(): void; restore(): void }>;
}

export interface EventBusHarness {
  /** One more client of the same bus; the suite closes it. */
  openBus(): Promise<EventBus>;
  /** Stands exactly when the bus's capability `durable` is true. */
  readonly server?: EventBusServer;
  /** Longest time in which a call on a frozen server settles. */
  readonly deadlineMs: number;
  close(): Promise<void>;
}

export type MakeEventBusHarness = () => Promise<EventBusHarness>;
