import type { EventStore } from '@replicante/event-store';
import type {
  Command,
  CommandEnvelope,
  CommandMetadata,
  Decider,
  DomainEvent,
  Rejection,
} from '@replicante/kernel';
import type { FoldView } from './fold.js';
import type { HandlingObserver } from './observer.js';
import type { StreamFolds } from './stream-folds.js';
import type { Tools } from './tools.js';
import type { TurnReads } from './turn-reads.js';

/** Ids that a decision may use: functions of the command id alone. */
export interface DecisionIds {
  /** Id that the event at this index of the decision will have. */
  readonly eventId: (index: number) => string;
  readonly deriveId: (name: string) => string;
}

export interface CommandHandlerOptions<S, C extends Command, E extends DomainEvent, Ctx, A> {
  readonly store: EventStore;
  readonly decider: Decider<S, CommandEnvelope<C>, E, Ctx, A>;
  readonly folds: StreamFolds<S, E>;
  /** What the decision depends on, heads included; other streams through `reads` (safety.md §8). */
  readonly context: (
    envelope: CommandEnvelope<C>,
    at: FoldView<S>,
    ids: DecisionIds,
    reads: TurnReads,
  ) => Ctx | Promise<Ctx>;
  /**
   * Begins, through `reads`, what `context` will probably ask for, so that it travels with the read of the stream itself
   * and not after it. `known`: the state as this process saw it last, good for a guess only.
   */
  readonly foresee?: (command: C, known: S | undefined, reads: TurnReads) => void;
  readonly tools: Tools;
  readonly observer?: HandlingObserver;
  /** What is stored for the command's repeats; default: the answer itself. */
  readonly remember?: (answer: A) => unknown;
  /**
   * The first event that it holds of, and all after it, are appended together with the last chunk of a large command:
   * decisions, and what they cause, never stand without each other (safety.md §10).
   */
  readonly decides?: (event: E) => boolean;
  /** Commands whose repeat is decided again, not answered from memory: their answer is a view of the present. */
  readonly decideAgain?: ReadonlySet<C['type']>;
}

export interface Handling<C extends Command> {
  readonly streamId: string;
  readonly command: C;
  readonly metadata: Omit<CommandMetadata, 'now'>;
  /** What the caller sent, when the command holds more than that (a time): a repeat is known by its digest. */
  readonly payload?: unknown;
  /** Makes older what the command holds of ages, by the milliseconds that it waited here (safety.md §11). */
  readonly adjust?: (command: C, elapsedMs: number) => C;
  /** Milliseconds for all of it; default 10,000. */
  readonly withinMs?: number;
}

export type CommandResult<A> =
  | {
      readonly accepted: true;
      /** Holds the command's events; for what changed nothing, the stream's newest event or the head. */
      readonly position: string;
      readonly revision: number;
      readonly changed: boolean;
      /** This id was accepted before; this is that answer. */
      readonly repeated: boolean;
      readonly answer: A;
    }
  | { readonly accepted: false; readonly rejection: Rejection };

export const refused = (
  code: Rejection['code'],
  message: string,
): { readonly accepted: false; readonly rejection: Rejection } => ({
  accepted: false,
  rejection: { code, message },
});

/** For metrics. */
export function resultName<A>(result: CommandResult<A> | undefined): string {
  if (result === undefined) return 'INTERNAL';
  if (!result.accepted) return result.rejection.code;
  return result.repeated ? 'repeated' : result.changed ? 'accepted' : 'unchanged';
}
