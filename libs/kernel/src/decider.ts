/**
 * The whole shape of a domain decision (Chassaing's decider). Everything here is pure: no clock, no ids, no I/O.
 * What a decision needs from outside arrives in the command, its metadata, or the context.
 */
import type { CommandEnvelope } from './command.js';
import type { DomainEvent, EventEnvelope } from './event.js';
import type { Rejection } from './rejection.js';

/** An event as decided; `causedBy` is the index, within the same decision, of the event that caused this one. */
export type Emitted<E extends DomainEvent> = E & { readonly causedBy?: number };

/** Accepting nothing (`events: []`) is success: the command asked for what already holds. */
export type Decision<E extends DomainEvent, A = undefined> =
  | { readonly accepted: true; readonly events: readonly Emitted<E>[]; readonly answer: A }
  | { readonly accepted: false; readonly rejection: Rejection };

export interface Decider<S, C extends CommandEnvelope, E extends DomainEvent, Ctx, A> {
  readonly initialState: S;
  /** Never throws for a rule: a refusal is a value. Leaves its inputs unchanged. */
  readonly decide: (command: C, state: S, context: Ctx) => Decision<E, A>;
  /** Total over every event ever published. Returns a new state; never changes the given one. */
  readonly evolve: (state: S, event: EventEnvelope<E>) => S;
  /** As `evolve` over each event, for states whose copy is dear: one copy for many events. */
  readonly fold?: (state: S, events: readonly EventEnvelope<E>[]) => S;
}

export const accept = <E extends DomainEvent, A>(
  events: readonly Emitted<E>[],
  answer: A,
): Decision<E, A> => ({
  accepted: true,
  events,
  answer,
});

export const reject = (
  rejection: Rejection,
): { readonly accepted: false; readonly rejection: Rejection } => ({
  accepted: false,
  rejection,
});

/** Ends an exhaustive switch; the type error names the case that was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
