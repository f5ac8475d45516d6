import type { ConsumeOptions } from '../task-queue.port.js';
import type { Assignment, Beat, ConsumerBackend } from './consumer-backend.js';

/** A partition that `onAssigned` refused is left to others for so long. */
const DECLINED_MS = 5_000;

interface Held extends Assignment {
  /**
   * `opening`: `onAssigned` runs. `closing`: no new tasks, going to another consumer. `given`: given back; kept until a
   * beat no longer shows it, since a beat that was on its way would bring it back.
   */
  phase: 'opening' | 'open' | 'closing' | 'given';
  /** Beats that still showed it after it was given back. */
  shownAfter: number;
}

export interface PartitionSetOptions {
  readonly backend: Pick<ConsumerBackend, 'giveBack'>;
  readonly callbacks: Pick<ConsumeOptions, 'onAssigned' | 'onRevoked'>;
  readonly onError: (error: unknown) => void;
  readonly onOpened: () => void;
  /** Gone, perhaps without notice: abort what runs of it. */
  readonly onLost: (partition: number) => void;
  /** Lets what runs of it end, within bounds, before it is given back. */
  readonly drain: (partition: number) => Promise<void>;
}

/** Which partitions this consumer has, and the order assigned → delivered → revoked of each. */
export class PartitionSet {
  readonly #held = new Map<number, Held>();
  readonly #declinedUntil = new Map<number, number>();
  /** Calls about one partition one after the other: a revocation ends before the next assignment begins. */
  readonly #calls = new Map<number, Promise<void>>();

  constructor(private readonly options: PartitionSetOptions) {}

  assigned(): readonly number[] {
    return [...this.#held.values()]
      .flatMap(held => (held.phase === 'open' || held.phase === 'closing' ? [held.partition] : []))
      .sort((a, b) => a - b);
  }

  open(): readonly number[] {
    return [...this.#held.values()].flatMap(held => (held.phase === 'open' ? [held.partition] : []));
  }

  /** Declined a moment ago: others may have better luck. */
  avoided(): readonly number[] {
    const now = performance.now();
    for (const [partition, until] of this.#declinedUntil)
      if (until <= now) this.#declinedUntil.delete(partition);
    return [...this.#declinedUntil.keys()];
  }

  apply(beat: Beat): void {
    const present = new Map(beat.assignments.map(assignment => [assignment.partition, assignment]));
    for (const held of [...this.#held.values()])
      if (present.get(held.partition)?.grant !== held.grant) this.#lose(held);
    for (const assignment of beat.assignments)
      if (!this.#held.has(assignment.partition)) this.#assign(assignment);
    for (const held of this.#held.values()) if (held.phase === 'given') this.#giveBackAgain(held);
    const staying = [...this.#held.values()].filter(({ phase }) => phase === 'opening' || phase === 'open');
    const surplus = staying
      .sort((a, b) => b.partition - a.partition)
      .slice(0, Math.max(0, staying.length - beat.share));
    for (const held of surplus) void this.#handOver(held);
  }

  loseAll(): void {
    for (const held of [...this.#held.values()]) this.#lose(held);
  }

  /** Resolves when all callbacks that are due have been called. */
  async settled(): Promise<void> {
    await Promise.all(this.#calls.values());
  }

  #assign(assignment: Assignment): void {
    const held: Held = { ...assignment, phase: 'opening', shownAfter: 0 };
    this.#held.set(held.partition, held);
    this.#call(held.partition, async () => {
      if (!this.#has(held)) return;
      try {
        await this.options.callbacks.onAssigned?.(held.partition);
      } catch (error) {
        this.options.onError(error);
        this.#declinedUntil.set(held.partition, performance.now() + DECLINED_MS);
        held.phase = 'given';
        if (this.#has(held)) await this.options.backend.giveBack(held.partition);
        return;
      }
      if (!this.#has(held)) await this.options.callbacks.onRevoked?.(held.partition);
      else if (held.phase === 'opening') {
        held.phase = 'open';
        this.options.onOpened();
      }
    });
  }

  async #handOver(held: Held): Promise<void> {
    held.phase = 'closing';
    await this.options.drain(held.partition);
    this.#call(held.partition, async () => {
      if (!this.#has(held)) return;
      held.phase = 'given';
      await this.options.backend.giveBack(held.partition).catch(this.options.onError);
      await this.options.callbacks.onRevoked?.(held.partition);
    });
  }

  /** The giving back failed, or its answer crossed a beat. */
  #giveBackAgain(held: Held): void {
    held.shownAfter++;
    if (held.shownAfter > 1) this.#call(held.partition, () => this.options.backend.giveBack(held.partition));
  }

  #lose(held: Held): void {
    this.#held.delete(held.partition);
    if (held.phase === 'given') return;
    this.options.onLost(held.partition);
    // Never opened: the pending `onAssigned` sees that it is gone and revokes by itself.
    if (held.phase === 'opening') return;
    this.#call(held.partition, async () => {
      await this.options.callbacks.onRevoked?.(held.partition);
    });
  }

  #has(held: Held): boolean {
    return this.#held.get(held.partition) === held;
  }

  #call(partition: number, work: () => Promise<void>): void {
    const call = (this.#calls.get(partition) ?? Promise.resolve()).then(work).catch(this.options.onError);
    this.#calls.set(partition, call);
    void call.then(() => {
      if (this.#calls.get(partition) === call) this.#calls.delete(partition);
    });
  }
}
