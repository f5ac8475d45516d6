import type { Actor } from './actor.js';
import type { LeaseClaim } from './lease-claim.js';

/** `type` is the wire name, `<context>.<PastTense>.v<N>`; a published version never changes. */
export interface DomainEvent<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
}

/** On every stored event. The causal chain of any event is walkable from this alone. */
export interface EventMetadata {
  readonly commandId: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly actor: Actor;
  /** RFC 3339; never earlier than the event before it in the stream. */
  readonly recordedAt: string;
  readonly lease?: LeaseClaim;
  readonly traceparent?: string;
  /** Type of the command that was decided; with `commandDigest` and `commandAnswer` on the command's first event only. */
  readonly commandType?: string;
  /** SHA-256 of the command's canonical payload: a repeat with another payload is refused (safety.md §10). */
  readonly commandDigest?: string;
  /** What the command answered, so that a repeat gets the same. */
  readonly commandAnswer?: unknown;
}

/** An event as `evolve` and `project` see it. */
export interface EventEnvelope<E extends DomainEvent = DomainEvent> {
  readonly event: E;
  readonly id: string;
  readonly streamId: string;
  /** 0 for the first event of a stream. */
  readonly revision: number;
  readonly metadata: EventMetadata;
}
