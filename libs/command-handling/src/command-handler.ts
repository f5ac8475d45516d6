import type { Command, DomainEvent } from '@replicante/kernel';
import { canonicalJson } from '@replicante/kernel';
import type { Ahead } from './ahead.js';
import type { Decided } from './decide-one.js';
import { decideOne } from './decide-one.js';
import type { CommandHandlerOptions, CommandResult, Handling } from './handling.js';
import { refused, resultName } from './handling.js';
import type { Chunk } from './new-events.js';
import { CHUNK_BYTES } from './new-events.js';
import type { AppendOutcome } from './settled-append.js';
import { SettledAppend } from './settled-append.js';
import { storeErrorCode, storeRejection } from './store-failure.js';
import { TurnReads } from './turn-reads.js';
import { Turns } from './turns.js';

const WITHIN_MS = 10_000;
const MAX_DECISIONS = 10;
/** Commands of one stream that are decided and appended together. */
const MAX_TOGETHER = 64;

/** A command that waits for its turn. */
interface Waiting<C extends Command, A> {
  readonly handling: Handling<C>;
  /** Of its payload. Made when it is asked for: a cycle in which nothing changed never asks. */
  readonly digest: () => string;
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly settle: (result: CommandResult<A>) => void;
  readonly fail: (error: unknown) => void;
  decisions: number;
  /** The store refused what it travelled with: each is sent by itself, so that only the faulty one is refused. */
  alone: boolean;
}

/** Of one turn, in order. `revision`: of the stream after it. */
interface Taken<C extends Command, A> {
  readonly item: Waiting<C, A>;
  readonly revision: number;
  readonly decided: Exclude<Decided<A>, { readonly kind: 'known' }>;
}

/**
 * Load, fold, decide, append at the expected revision; on conflict, and only then, reload and decide again
 * (architecture.md §4). Commands of one stream take turns within this process, so that a hot stream does not conflict
 * with itself: those that came while a turn was on its way are decided one on top of the other and appended at once, all
 * or none. Rejections and commands that changed nothing are not remembered.
 */
export class CommandHandler<S, C extends Command, E extends DomainEvent, Ctx, A> {
  readonly #turns = new Turns<Waiting<C, A>>((streamId, items) => this.#takeTurn(streamId, items));
  readonly #appends: SettledAppend;

  constructor(private readonly options: CommandHandlerOptions<S, C, E, Ctx, A>) {
    this.#appends = new SettledAppend(options.store, options.tools, options.observer ?? {});
  }

  /** Never rejects for what a caller can meet; throws for a defect of ours. */
  async handle(handling: Handling<C>): Promise<CommandResult<A>> {
    const { tools, observer } = this.options;
    const startedMs = tools.clock.monotonicMs();
    const deadlineMs = startedMs + (handling.withinMs ?? WITHIN_MS);
    const { command, payload, streamId } = handling;
    let result: CommandResult<A> | undefined;
    try {
      let made: string | undefined;
      const digest = (): string =>
        (made ??= tools.digest(canonicalJson({ type: command.type, data: payload ?? command.data })));
      result = await new Promise<CommandResult<A>>((settle, fail) => {
        this.#turns.add(streamId, {
          handling,
          digest,
          startedMs,
          deadlineMs,
          settle,
          fail,
          decisions: 0,
          alone: false,
        });
      });
      return result;
    } catch (error) {
      const rejection = storeRejection(error);
      if (rejection === undefined) throw error;
      result = { accepted: false, rejection };
      return result;
    } finally {
      observer?.handled?.(command.type, resultName(result), tools.clock.monotonicMs() - startedMs);
    }
  }

  /** Answers what is left for the next turn. */
  async #takeTurn(streamId: string, items: readonly Waiting<C, A>[]): Promise<readonly Waiting<C, A>[]> {
    const firstAlone = items.findIndex(item => item.alone);
    const together = firstAlone < 0 ? MAX_TOGETHER : Math.max(1, Math.min(firstAlone, MAX_TOGETHER));
    const mine = items.slice(0, together);
    try {
      return [...(await this.#turn(streamId, mine)), ...items.slice(together)];
    } catch (error) {
      for (const item of mine) item.fail(error);
      return items.slice(together);
    }
  }

  async #turn(streamId: string, items: readonly Waiting<C, A>[]): Promise<readonly Waiting<C, A>[]> {
    const deadlineMs = Math.max(...items.map(item => item.deadlineMs));
    if (!(await this.#appends.settle(streamId, deadlineMs))) {
      for (const item of items)
        item.settle(
          refused(
            'OUTCOME_UNKNOWN',
            'an earlier append to this stream is not settled; nothing new is decided before it is',
          ),
        );
      return [];
    }
    const inTime = items.filter(item => this.#inTime(item));
    if (inTime.length === 0) return [];
    const reads = this.#foreseen(streamId, inTime);
    const ahead = await this.options.folds.ahead(streamId);
    const { taken, left } = await this.#decide(inTime, ahead, reads);
    return [...(await this.#append(streamId, taken, ahead.storedRevision)), ...left];
  }

  /** Begun after all of the turn's commands had come, like the read of the stream itself (safety.md §8). */
  #foreseen(streamId: string, items: readonly Waiting<C, A>[]): TurnReads {
    const reads = new TurnReads();
    const { foresee, folds } = this.options;
    if (foresee) {
      const known = folds.known(streamId);
      for (const { handling } of items) foresee(handling.command, known, reads);
    }
    return reads;
  }

  #inTime(item: Waiting<C, A>): boolean {
    const inTime = this.options.tools.clock.monotonicMs() < item.deadlineMs;
    if (!inTime)
      item.settle(refused('SERVICE_UNAVAILABLE', 'no time was left to decide; nothing was recorded'));
    else if (item.decisions >= MAX_DECISIONS)
      item.settle(refused('CONCURRENT_CHANGE', `the stream changed ${MAX_DECISIONS} times in between`));
    return inTime && item.decisions < MAX_DECISIONS;
  }

  /** Each on top of those before it, until one append is full. A command in several chunks goes alone. */
  async #decide(
    items: readonly Waiting<C, A>[],
    ahead: Ahead<S, E>,
    reads: TurnReads,
  ): Promise<{ readonly taken: readonly Taken<C, A>[]; readonly left: readonly Waiting<C, A>[] }> {
    const taken: Taken<C, A>[] = [];
    let [bytes, revision] = [0, ahead.storedRevision];
    for (const [index, item] of items.entries()) {
      const { commandId } = item.handling.metadata;
      // Its repeat is answered from memory, once it is stored.
      if (ahead.has(commandId)) return { taken, left: items.slice(index) };
      item.decisions += 1;
      let decided: Decided<A>;
      try {
        decided = await decideOne(this.#aged(item), item.digest, ahead, reads, this.options);
      } catch (error) {
        item.fail(error);
        continue;
      }
      if (decided.kind === 'known') {
        item.settle(decided.result);
        continue;
      }
      if (decided.kind === 'events') {
        const size = decided.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
        if (bytes > 0 && bytes + size > CHUNK_BYTES) {
          item.decisions -= 1;
          return { taken, left: items.slice(index) };
        }
        bytes += size;
        revision = ahead.add(
          commandId,
          decided.chunks.flatMap(chunk => chunk.events),
        );
      }
      taken.push({ item, revision, decided });
    }
    return { taken, left: [] };
  }

  #aged({ handling, startedMs }: Waiting<C, A>): Handling<C> {
    const elapsedMs = this.options.tools.clock.monotonicMs() - startedMs;
    return handling.adjust
      ? { ...handling, command: handling.adjust(handling.command, elapsedMs) }
      : handling;
  }

  /** Answers those that have to be decided again. */
  async #append(
    streamId: string,
    taken: readonly Taken<C, A>[],
    stored: number,
  ): Promise<readonly Waiting<C, A>[]> {
    const chunks = inOneAppend(taken);
    if (chunks.length === 0) {
      for (const each of taken) await this.#unchanged(each);
      return [];
    }
    const deadlineMs = Math.max(...taken.map(({ item }) => item.deadlineMs));
    const firstWrite = taken.findIndex(({ decided }) => decided.kind === 'events');
    // What was decided before the first event stands by itself.
    for (const each of taken.slice(0, firstWrite)) await this.#unchanged(each);
    const rest = taken.slice(firstWrite);
    let outcome: AppendOutcome = { kind: 'unknown' };
    let revision = stored;
    for (const chunk of chunks) {
      const expected = revision < 0 ? 'no_stream' : revision;
      try {
        outcome = await this.#appends.append({ streamId, expected, events: chunk.events }, deadlineMs);
      } catch (error) {
        return this.#refusedByStore(rest, error);
      }
      if (outcome.kind !== 'appended') break;
      ({ revision } = outcome.result);
    }
    switch (outcome.kind) {
      case 'appended': {
        const { position } = outcome.result;
        for (const { item, revision, decided } of rest)
          item.settle(
            decided.kind === 'events'
              ? { accepted: true, position, revision, changed: true, repeated: false, answer: decided.answer }
              : decided.result.accepted
                ? { ...decided.result, position }
                : decided.result,
          );
        return [];
      }
      case 'conflict': {
        const { actual } = outcome;
        const lower = actual === 'no_stream' ? revision >= 0 : (actual ?? revision) < revision;
        if (lower) this.options.folds.forget(streamId);
        return rest.map(({ item }) => item);
      }
      case 'unknown':
        for (const { item, decided } of rest)
          if (decided.kind === 'events')
            item.settle(
              refused(
                'OUTCOME_UNKNOWN',
                'it cannot be told whether the command was recorded; submit the same command id again',
              ),
            );
        return rest.filter(({ decided }) => decided.kind !== 'events').map(({ item }) => item);
    }
  }

  /** Nothing was written. What one of them is refused for must not be told to the others. */
  #refusedByStore(taken: readonly Taken<C, A>[], error: unknown): readonly Waiting<C, A>[] {
    const writers = taken.filter(({ decided }) => decided.kind === 'events').map(({ item }) => item);
    if (writers.length > 1 && storeErrorCode(error) !== 'UNAVAILABLE') {
      for (const item of writers) item.alone = true;
      return taken.map(({ item }) => item);
    }
    for (const item of writers) item.fail(error);
    return taken.map(({ item }) => item).filter(item => !writers.includes(item));
  }

  async #unchanged({ item, decided }: Taken<C, A>): Promise<void> {
    if (decided.kind !== 'nothing') return;
    const { result } = decided;
    if (!result.accepted || result.position !== '') return item.settle(result);
    try {
      item.settle({ ...result, position: (await this.options.store.head()) ?? '' });
    } catch (error) {
      item.fail(error);
    }
  }
}

/** Several commands as one append; the chunks of one command as they are. */
function inOneAppend<C extends Command, A>(taken: readonly Taken<C, A>[]): readonly Chunk[] {
  const writers = taken.flatMap(({ decided }) => (decided.kind === 'events' ? [decided.chunks] : []));
  const [only, ...others] = writers;
  if (others.length === 0) return only ?? [];
  const chunks = writers.flat();
  return [
    {
      events: chunks.flatMap(chunk => chunk.events),
      bytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
    },
  ];
}
