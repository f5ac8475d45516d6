import type { AppendResult, EventStore, ExpectedRevision, NewEvent } from '@replicante/event-store';
import type { HandlingObserver } from './observer.js';
import { storeErrorCode } from './store-failure.js';
import type { Tools } from './tools.js';

interface Append {
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

export type AppendOutcome =
  | { readonly kind: 'appended'; readonly result: AppendResult }
  /** Nothing of this was written: others came first. */
  | { readonly kind: 'conflict'; readonly actual: number | 'no_stream' | undefined }
  /** Not settled before the deadline. */
  | { readonly kind: 'unknown' };

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/**
 * Appends until it is known what became of it. After an unknown outcome only the same ids at the same expected revision
 * are sent again, and the stream decides nothing new before that is settled (safety.md §10).
 */
export class SettledAppend {
  readonly #unsettled = new Map<string, Append>();

  constructor(
    private readonly store: Pick<EventStore, 'append'>,
    private readonly tools: Tools,
    private readonly observer: HandlingObserver,
  ) {}

  /** Throws what the store throws, but for conflicts and unknown outcomes. `deadlineMs`: monotonic. */
  async append(append: Append, deadlineMs: number): Promise<AppendOutcome> {
    const startedMs = this.tools.clock.monotonicMs();
    const outcome = await this.#try(append, deadlineMs, false);
    if (outcome.kind === 'appended')
      this.observer.appended?.(this.tools.clock.monotonicMs() - startedMs, append.events.length);
    if (outcome.kind === 'conflict') this.observer.conflict?.();
    return outcome;
  }

  /** Settles what an earlier command of this stream left in doubt. False: it still is. */
  async settle(streamId: string, deadlineMs: number): Promise<boolean> {
    const left = this.#unsettled.get(streamId);
    if (left === undefined) return true;
    return (await this.#try(left, deadlineMs, true)).kind !== 'unknown';
  }

  async #try(append: Append, deadlineMs: number, alreadyInDoubt: boolean): Promise<AppendOutcome> {
    let inDoubt = alreadyInDoubt;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await this.store.append(append.streamId, append.expected, append.events);
        this.#unsettled.delete(append.streamId);
        return { kind: 'appended', result };
      } catch (error) {
        const code = storeErrorCode(error);
        if (code === 'WRONG_EXPECTED_REVISION') {
          this.#unsettled.delete(append.streamId);
          return { kind: 'conflict', actual: actualOf(error) };
        }
        // "Nothing was written" speaks of this try only: an earlier one may still land.
        if (code !== 'OUTCOME_UNKNOWN' && !(inDoubt && code === 'UNAVAILABLE')) throw error;
        if (!inDoubt) this.observer.inDoubt?.();
        inDoubt = true;
        this.#unsettled.set(append.streamId, append);
      }
      if (this.tools.clock.monotonicMs() + waitMs >= deadlineMs) return { kind: 'unknown' };
      await this.tools.wait(waitMs);
    }
  }
}

function actualOf(error: unknown): number | 'no_stream' | undefined {
  if (!(error instanceof Error) || !('actual' in error)) return undefined;
  return typeof error.actual === 'number' || error.actual === 'no_stream' ? error.actual : undefined;
}
