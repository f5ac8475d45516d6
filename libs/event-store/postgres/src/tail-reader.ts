import type { StoredEvent } from '@replicante/event-store';
import type { EventRow } from './read-statements.js';
import { storedEvent } from './read-statements.js';

/** The first page of one stream, from a revision on. */
export interface TailRead {
  readonly streamId: string;
  readonly from: number;
}

interface Waiting {
  readonly read: TailRead;
  readonly resolve: (events: readonly StoredEvent[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface TailReaderLimits {
  readonly statementsInFlight: number;
  readonly readsPerStatement: number;
}

/** One row of `readTails`: the index of its read, from 1, before the event's columns. */
export type TailRow = [read: string, ...event: EventRow];

/**
 * Many tails at once: reads that arrive while others are on their way travel together as one statement, which begins
 * after they were asked for, so that each sees every append acknowledged before it. Alike reads are one. A lone reader
 * waits for nobody.
 */
export class TailReader {
  #queue: Waiting[] = [];
  #inFlight = 0;
  #planned = false;

  constructor(
    private readonly query: (reads: readonly TailRead[]) => Promise<readonly TailRow[]>,
    private readonly limits: TailReaderLimits,
  ) {}

  read(read: TailRead): Promise<readonly StoredEvent[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ read, resolve, reject });
      this.#plan();
    });
  }

  /** After those that the last answer has woken have had their turn, so that they travel together again. */
  #plan(): void {
    if (this.#planned || this.#inFlight >= this.limits.statementsInFlight) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      while (this.#queue.length > 0 && this.#inFlight < this.limits.statementsInFlight)
        void this.#send(this.#queue.splice(0, this.limits.readsPerStatement));
    });
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    this.#inFlight += 1;
    const reads = new Map<string, { readonly read: TailRead; readonly index: number }>();
    const keys = group.map(({ read }) => `${read.from} ${read.streamId}`);
    for (const [n, { read }] of group.entries()) {
      const key = keys[n] ?? '';
      if (!reads.has(key)) reads.set(key, { read, index: reads.size });
    }
    try {
      const events: StoredEvent[][] = Array.from(reads, () => []);
      for (const [read, ...event] of await this.query([...reads.values()].map(({ read }) => read)))
        events[Number(read) - 1]?.push(storedEvent(event));
      for (const [n, { resolve }] of group.entries())
        resolve(events[reads.get(keys[n] ?? '')?.index ?? -1] ?? []);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#inFlight -= 1;
      if (this.#queue.length > 0) this.#plan();
    }
  }
}
