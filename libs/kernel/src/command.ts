import type { Actor } from './actor.js';
import type { LeaseClaim } from './lease-claim.js';

/** A command is an imperative request: `{ type: 'ApproveAction', data: {…} }`. */
export interface Command<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
}

/** What a decision may know besides the command: given by the edge, never read by the domain. */
export interface CommandMetadata {
  /** UUIDv7 chosen by the client; the key of idempotency (safety.md §10). */
  readonly commandId: string;
  /** Ties everything that one request of a user, or one cycle, caused. */
  readonly correlationId: string;
  /** The event or command that caused this one. */
  readonly causationId?: string;
  readonly actor: Actor;
  /** RFC 3339, UTC, milliseconds. Never earlier than the stream's newest event (safety.md §11). */
  readonly now: string;
  readonly lease?: LeaseClaim;
  readonly traceparent?: string;
}

export interface CommandEnvelope<C extends Command = Command> {
  readonly command: C;
  readonly metadata: CommandMetadata;
}
