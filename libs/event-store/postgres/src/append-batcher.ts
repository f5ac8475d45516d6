import { EventStoreError } from '@replicante/event-store';
import type { AppendResult, CheckedAppend } from '@replicante/event-store';

export type AppendAnswer = AppendResult | EventStoreError;

export interface BatcherLimits {
  /** Groups on their way at once. Two: one is being synced to disk while the next is carried out. */
  readonly flushesInFlight: number;
  readonly appendsPerFlush: number;
  readonly bytesPerFlush: number;
  /** Appends that wait; one more is refused as UNAVAILABLE: a store that cannot keep up must not eat the memory. */
  readonly queued: number;
  /** An append that was not sent within this time is refused: nothing was written. */
  readonly waitMs: number;
}

interface Waiting {
  readonly append: CheckedAppend;
  readonly since: number;
  readonly settle: (answer: AppendAnswer) => void;
}

/**
 * Application group commit: appends that arrive while others are on their way travel together as one statement, each
 * with its own expected revision and its own answer. A lone caller waits for nobody.
 */
export class AppendBatcher {
  #queue: Waiting[] = [];
  #inFlight = 0;
  #pumpPlanned = false;
  #sweep: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #closed = false;

  /** `flush` answers each append in order and never rejects. */
  constructor(
    private readonly flush: (group: readonly CheckedAppend[]) => Promise<readonly AppendAnswer[]>,
    private readonly limits: BatcherLimits,
  ) {}

  async append(append: CheckedAppend): Promise<AppendResult> {
    if (this.#closed) throw new EventStoreError('UNAVAILABLE', 'the event store client is closed');
    if (this.#queue.length >= this.limits.queued)
      throw new EventStoreError('UNAVAILABLE', `${this.limits.queued} appends wait already`);
    const answer = await new Promise<AppendAnswer>(settle => {
      this.#queue.push({ append, since: performance.now(), settle });
      this.#plan();
    });
    if (answer instanceof EventStoreError) throw answer;
    return answer;
  }

  /** Sends what waits, then resolves; refuses what comes later. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.length > 0 || this.#inFlight > 0)
      await new Promise<void>(resolve => this.#idle.push(resolve));
    clearTimeout(this.#sweep);
  }

  /** After the callers that the last flush has woken have had their turn, so that they travel together again. */
  #plan(): void {
    this.#sweep ??= setTimeout(() => this.#refuseOverdue(), this.limits.waitMs);
    if (this.#pumpPlanned || this.#inFlight >= this.limits.flushesInFlight) return;
    this.#pumpPlanned = true;
    setImmediate(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#inFlight < this.limits.flushesInFlight)
      void this.#send(this.#take());
    if (this.#queue.length === 0 && this.#inFlight === 0)
      for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    this.#inFlight += 1;
    const answers = await this.flush(group.map(waiting => waiting.append));
    this.#inFlight -= 1;
    for (const [index, waiting] of group.entries())
      waiting.settle(answers[index] ?? new EventStoreError('OUTCOME_UNKNOWN', 'no answer for this append'));
    if (this.#queue.length > 0 || this.#idle.length > 0) this.#plan();
    if (this.#idle.length > 0) this.#pump();
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let taken = 0;
    for (const { append } of this.#queue) {
      bytes += append.bytes;
      if (taken > 0 && (taken >= this.limits.appendsPerFlush || bytes > this.limits.bytesPerFlush)) break;
      taken += 1;
    }
    return this.#queue.splice(0, taken);
  }

  #refuseOverdue(): void {
    this.#sweep = undefined;
    const oldest = performance.now() - this.limits.waitMs;
    const overdue = this.#queue.filter(waiting => waiting.since <= oldest);
    this.#queue = this.#queue.filter(waiting => waiting.since > oldest);
    for (const waiting of overdue)
      waiting.settle(new EventStoreError('UNAVAILABLE', `not sent within ${this.limits.waitMs} ms`));
    if (this.#queue.length > 0) this.#sweep = setTimeout(() => this.#refuseOverdue(), this.limits.waitMs);
    this.#pump();
  }
}
