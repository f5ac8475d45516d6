import type { AttemptOutcome } from '@replicante/domain';
import { v7 } from 'uuid';
import type { Control, Work } from '../control-client.js';
import { isTransient } from '../errors.js';
import { wireText } from '../wire-text.js';

export interface OutcomeOutboxOptions {
  readonly control: Pick<Control, 'recordOutcome'>;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
  /** An outcome that `command` will never take, or that was held too long or with too many others. */
  readonly onDropped: (entry: { readonly attemptId: string; readonly reason: string }) => void;
}

export interface OutcomeEntry {
  readonly work: Work;
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly attemptId: string;
  readonly outcome: AttemptOutcome;
}

interface Held extends OutcomeEntry {
  /** The same for every repeat. */
  readonly commandId: string;
  readonly since: number;
}

const CALL_MS = 5_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const HELD_AT_MOST = 5_000;
/** After that a discovery or a sync has told what became of the attempt, or an operator must. */
const HELD_FOR_MS = 60 * 60_000;

/**
 * Outcomes are evidence: each is sent with one command id until `command` acknowledged it (safety.md §2). Held in memory
 * only, and bounded: an outcome lost with this process is an unknown one, which the domain asks about.
 */
export class OutcomeOutbox {
  readonly #held = new Set<Held>();
  readonly #sending = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(private readonly options: OutcomeOutboxOptions) {}

  get size(): number {
    return this.#held.size;
  }

  /** Resolves after the first try; what it did not settle goes on behind. Never rejects. */
  async record(entry: OutcomeEntry): Promise<void> {
    const held: Held = { ...entry, commandId: v7(), since: this.options.monotonicMs() };
    const [oldest] = this.#held;
    if (this.#held.size >= HELD_AT_MOST && oldest) this.#drop(oldest, 'too many outcomes are held');
    this.#held.add(held);
    if (await this.#try(held)) return;
    const sending = this.#goOn(held).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** One more try for each, then no more. */
  async flush(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#sending);
    await Promise.all([...this.#held].map(held => this.#try(held)));
    for (const held of [...this.#held]) this.#drop(held, 'the worker stopped before it was acknowledged');
  }

  async #goOn(held: Held): Promise<void> {
    const { wait, monotonicMs } = this.options;
    for (let ms = FIRST_WAIT_MS; this.#held.has(held); ms = Math.min(ms * 2, LONGEST_WAIT_MS)) {
      await wait(ms, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (monotonicMs() - held.since > HELD_FOR_MS)
        this.#drop(held, 'it was not acknowledged within an hour');
      else if (await this.#try(held)) return;
    }
  }

  /** True: done with it. */
  async #try(held: Held): Promise<boolean> {
    const { commandId, attemptId, outcome, work } = held;
    try {
      const recorded = { commandId, attemptId, outcomeJson: wireText(outcome) };
      await this.options.control.recordOutcome(work, held, recorded, { withinMs: CALL_MS });
      this.#held.delete(held);
      return true;
    } catch (error) {
      if (isTransient(error)) return false;
      this.#drop(held, error instanceof Error ? error.message : String(error));
      return true;
    }
  }

  #drop(held: Held, reason: string): void {
    if (this.#held.delete(held)) this.options.onDropped({ attemptId: held.attemptId, reason });
  }
}
