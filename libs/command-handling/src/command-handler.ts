import type { EventStore } from '@replicante/event-store';
import type {
  Command,
  CommandEnvelope,
  CommandMetadata,
  Decider,
  DomainEvent,
  Emitted,
  Rejection,
} from '@replicante/kernel';
import { canonicalJson } from '@replicante/kernel';
import { refuseCommandId } from './command-id.js';
import type { FoldView } from './fold.js';
import { Lanes } from './lanes.js';
import { chunks, newEvents } from './new-events.js';
import type { HandlingObserver } from './observer.js';
import { SettledAppend } from './settled-append.js';
import { storeRejection } from './store-failure.js';
import type { StreamFolds } from './stream-folds.js';
import type { Tools } from './tools.js';

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
  /** Reads what the decision depends on, heads included, for each decision anew (safety.md §8). */
  readonly context: (envelope: CommandEnvelope<C>, at: FoldView<S>, ids: DecisionIds) => Ctx | Promise<Ctx>;
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

const WITHIN_MS = 10_000;
const MAX_DECISIONS = 10;

const refuse = (rejection: Rejection): { readonly accepted: false; readonly rejection: Rejection } => ({
  accepted: false,
  rejection,
});

/**
 * Load, fold, decide, append at the expected revision; on conflict, and only then, reload and decide again
 * (architecture.md §4). Commands of one stream run one after the other within this process, so that a hot stream does
 * not conflict with itself. Rejections and commands that changed nothing are not remembered.
 */
export class CommandHandler<S, C extends Command, E extends DomainEvent, Ctx, A> {
  readonly #lanes = new Lanes();
  readonly #appends: SettledAppend;

  constructor(private readonly options: CommandHandlerOptions<S, C, E, Ctx, A>) {
    this.#appends = new SettledAppend(options.store, options.tools, options.observer ?? {});
  }

  /** Never rejects for what a caller can meet; throws for a defect of ours. */
  async handle(handling: Handling<C>): Promise<CommandResult<A>> {
    const { clock } = this.options.tools;
    const startedMs = clock.monotonicMs();
    const deadlineMs = startedMs + (handling.withinMs ?? WITHIN_MS);
    let result: CommandResult<A> | undefined;
    try {
      result = await this.#lanes.run(handling.streamId, () =>
        this.#handleInTurn(handling, startedMs, deadlineMs),
      );
      return result;
    } catch (error) {
      const rejection = storeRejection(error);
      if (rejection === undefined) throw error;
      result = refuse(rejection);
      return result;
    } finally {
      this.options.observer?.handled?.(
        handling.command.type,
        nameOf(result),
        clock.monotonicMs() - startedMs,
      );
    }
  }

  async #handleInTurn(
    handling: Handling<C>,
    startedMs: number,
    deadlineMs: number,
  ): Promise<CommandResult<A>> {
    const { tools } = this.options;
    if (!(await this.#appends.settle(handling.streamId, deadlineMs)))
      return refuse({
        code: 'OUTCOME_UNKNOWN',
        message: 'an earlier append to this stream is not settled; nothing new is decided before it is',
      });
    const digest = tools.digest(
      canonicalJson({ type: handling.command.type, data: handling.payload ?? handling.command.data }),
    );
    for (let decisions = 0; decisions < MAX_DECISIONS; decisions += 1) {
      if (tools.clock.monotonicMs() >= deadlineMs)
        return refuse({
          code: 'SERVICE_UNAVAILABLE',
          message: 'no time was left to decide; nothing was recorded',
        });
      const elapsedMs = tools.clock.monotonicMs() - startedMs;
      const command = handling.adjust ? handling.adjust(handling.command, elapsedMs) : handling.command;
      const result = await this.#decideOnce({ ...handling, command }, digest, deadlineMs);
      if (result !== 'conflict') return result;
    }
    return refuse({
      code: 'CONCURRENT_CHANGE',
      message: `the stream changed ${MAX_DECISIONS} times in between`,
    });
  }

  async #decideOnce(
    { streamId, command, metadata }: Handling<C>,
    digest: string,
    deadlineMs: number,
  ): Promise<CommandResult<A> | 'conflict'> {
    const { folds, tools, decider, context } = this.options;
    const at = await folds.read(streamId, metadata.commandId);
    const known = this.#fromMemory(at, command, digest);
    if (known) return known;
    const refusal =
      at.command === undefined ? refuseCommandId(metadata.commandId, tools.clock.wallMs()) : undefined;
    if (refusal) return refuse(refusal);

    const offset = at.command?.events ?? 0;
    const eventId = (index: number): string => tools.eventId(streamId, metadata.commandId, offset + index);
    const deriveId = (name: string): string => tools.deriveId(metadata.commandId, name);
    const envelope = { command, metadata: { ...metadata, now: this.#now(at.recordedAt) } };
    const ids = { eventId, deriveId };
    const decision = decider.decide(envelope, at.state, await context(envelope, at, ids));
    if (!decision.accepted) return decision;
    const { answer } = decision;
    if (decision.events.length === 0) return this.#unchanged(at, answer);
    return this.#append({ at, envelope, events: decision.events, answer, digest, eventId, deadlineMs });
  }

  #fromMemory({ command: known }: FoldView<S>, command: C, digest: string): CommandResult<A> | undefined {
    if (known?.accepted === undefined) return undefined;
    if (known.accepted.digest !== digest)
      return refuse({
        code: 'COMMAND_ID_REUSED',
        message: 'the command id was used before with another payload',
        violations: [{ field: 'meta.command_id', description: 'choose a new UUIDv7 for a new command' }],
      });
    if (this.options.decideAgain?.has(command.type)) return undefined;
    const { position, revision } = known;
    return {
      accepted: true,
      position,
      revision,
      changed: true,
      repeated: true,
      answer: known.accepted.answer as A,
    };
  }

  async #unchanged(at: FoldView<S>, answer: A): Promise<CommandResult<A>> {
    const position = at.position ?? (await this.options.store.head()) ?? '';
    return { accepted: true, position, revision: at.revision, changed: false, repeated: false, answer };
  }

  async #append(decided: {
    at: FoldView<S>;
    envelope: CommandEnvelope<C>;
    events: readonly Emitted<E>[];
    answer: A;
    digest: string;
    eventId: (index: number) => string;
    deadlineMs: number;
  }): Promise<CommandResult<A> | 'conflict'> {
    const { at, envelope, events, answer, digest, eventId, deadlineMs } = decided;
    const { streamId } = at;
    const record = {
      commandType: envelope.command.type,
      commandDigest: digest,
      commandAnswer: this.options.remember ? this.options.remember(answer) : answer,
    };
    let revision = at.revision;
    let position = '';
    const { decides, store } = this.options;
    const firstDecision = decides ? events.findIndex(decides) : -1;
    const limits = {
      togetherFrom: firstDecision < 0 ? events.length : firstDecision,
      maxAppendBytes: store.capabilities.maxAppendBytes,
    };
    for (const chunk of chunks(newEvents({ envelope, events, eventId }), record, limits)) {
      const expected = revision < 0 ? 'no_stream' : revision;
      const outcome = await this.#appends.append({ streamId, expected, events: chunk }, deadlineMs);
      if (outcome.kind === 'unknown')
        return refuse({
          code: 'OUTCOME_UNKNOWN',
          message: 'it cannot be told whether the command was recorded; submit the same command id again',
        });
      if (outcome.kind === 'conflict') {
        const lower =
          outcome.actual === 'no_stream' ? revision >= 0 : (outcome.actual ?? revision) < revision;
        if (lower) this.options.folds.forget(streamId);
        return 'conflict';
      }
      ({ revision, position } = outcome.result);
    }
    return { accepted: true, position, revision, changed: true, repeated: false, answer };
  }

  /** Never earlier than the stream's newest event (safety.md §11). */
  #now(recordedAt: string | undefined): string {
    const wallMs = this.options.tools.clock.wallMs();
    const newestMs = recordedAt === undefined ? wallMs : Date.parse(recordedAt);
    return new Date(Math.max(wallMs, newestMs)).toISOString();
  }
}

function nameOf<A>(result: CommandResult<A> | undefined): string {
  if (result === undefined) return 'INTERNAL';
  if (!result.accepted) return result.rejection.code;
  return result.repeated ? 'repeated' : result.changed ? 'accepted' : 'unchanged';
}
