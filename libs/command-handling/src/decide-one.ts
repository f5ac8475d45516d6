import type { Command, DomainEvent } from '@replicante/kernel';
import type { Ahead } from './ahead.js';
import { refuseCommandId } from './command-id.js';
import type { FoldView } from './fold.js';
import type { CommandHandlerOptions, CommandResult, Handling } from './handling.js';
import type { Chunk } from './new-events.js';
import { chunks, newEvents } from './new-events.js';
import type { TurnReads } from './turn-reads.js';

/** What became of a command in its turn, before anything is appended. */
export type Decided<A> =
  /** Stands whatever becomes of the turn: told by what is stored. */
  | { readonly kind: 'known'; readonly result: CommandResult<A> }
  /** Stands once what the turn decided before it is stored. `at`: the position of what changed nothing. */
  | { readonly kind: 'nothing'; readonly result: CommandResult<A> }
  | { readonly kind: 'events'; readonly chunks: readonly Chunk[]; readonly answer: A };

export async function decideOne<S, C extends Command, E extends DomainEvent, Ctx, A>(
  { streamId, command, metadata }: Handling<C>,
  digest: () => string,
  ahead: Ahead<S, E>,
  reads: TurnReads,
  options: CommandHandlerOptions<S, C, E, Ctx, A>,
): Promise<Decided<A>> {
  const { tools, decider, context } = options;
  const at = ahead.view(metadata.commandId);
  const known = fromMemory(at, command, digest, options);
  if (known) return { kind: 'known', result: known };
  const refusal =
    at.command === undefined ? refuseCommandId(metadata.commandId, tools.clock.wallMs()) : undefined;
  if (refusal) return { kind: 'known', result: { accepted: false, rejection: refusal } };

  const offset = at.command?.events ?? 0;
  const eventId = (index: number): string => tools.eventId(streamId, metadata.commandId, offset + index);
  const deriveId = (name: string): string => tools.deriveId(metadata.commandId, name);
  const envelope = { command, metadata: { ...metadata, now: nowAt(at.recordedAt, tools.clock.wallMs()) } };
  const ids = { eventId, deriveId };
  const decision = decider.decide(envelope, at.state, await context(envelope, at, ids, reads));
  if (!decision.accepted) return { kind: 'nothing', result: decision };
  const { answer, events } = decision;
  if (events.length === 0) {
    const { revision, position = '' } = at;
    return {
      kind: 'nothing',
      result: { accepted: true, position, revision, changed: false, repeated: false, answer },
    };
  }
  const record = {
    commandType: command.type,
    commandDigest: digest(),
    commandAnswer: options.remember ? options.remember(answer) : answer,
  };
  const firstDecision = options.decides ? events.findIndex(options.decides) : -1;
  const limits = {
    togetherFrom: firstDecision < 0 ? events.length : firstDecision,
    maxAppendBytes: options.store.capabilities.maxAppendBytes,
  };
  return { kind: 'events', chunks: chunks(newEvents({ envelope, events, eventId }), record, limits), answer };
}

function fromMemory<S, C extends Command, E extends DomainEvent, Ctx, A>(
  { command: known }: FoldView<S>,
  command: C,
  digest: () => string,
  { decideAgain }: CommandHandlerOptions<S, C, E, Ctx, A>,
): CommandResult<A> | undefined {
  if (known?.accepted === undefined) return undefined;
  if (known.accepted.digest !== digest())
    return {
      accepted: false,
      rejection: {
        code: 'COMMAND_ID_REUSED',
        message: 'the command id was used before with another payload',
        violations: [{ field: 'meta.command_id', description: 'choose a new UUIDv7 for a new command' }],
      },
    };
  if (decideAgain?.has(command.type)) return undefined;
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

/** Never earlier than the stream's newest event (safety.md §11). */
function nowAt(recordedAt: string | undefined, wallMs: number): string {
  const newestMs = recordedAt === undefined ? wallMs : Date.parse(recordedAt);
  return new Date(Math.max(wallMs, newestMs)).toISOString();
}
