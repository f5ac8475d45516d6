import type { Clock, EventIds } from '@replicante/kernel';

/** What an engine may not make by itself: it runs anywhere. */
export interface Tools {
  readonly clock: Clock;
  /** UUIDv5(commandId, streamId and index). */
  readonly eventId: EventIds;
  /** A UUID for a name, the same on every retry of the command, and never one of `eventId`. */
  readonly deriveId: (commandId: string, name: string) => string;
  /** SHA-256, hex. */
  readonly digest: (text: string) => string;
  readonly wait: (ms: number) => Promise<void>;
}
