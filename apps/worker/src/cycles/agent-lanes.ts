import { Slots } from '../slots.js';
import type { SeenNode } from './poll-node.js';

export interface AgentLanesOptions {
  /** Agents asked at once by this process. */
  readonly quick: number;
  /** Of those, apart from them, that did not answer lately. */
  readonly slow: number;
  readonly monotonicMs: () => number;
}

interface Silence {
  /** Time-outs in a row. */
  readonly times: number;
  readonly askAgainAtMs: number;
  /** The last one, in words. */
  readonly fault: string;
}

const TOLERATED = 2;
const LONGEST_INTERVALS = 4;
const REMEMBERED = 10_000;

/**
 * Agents that time out wait in a lane of their own, so that a thousand hung ones do not hold up those that answer. After
 * two time-outs in a row an agent is asked less often, at least every 4th interval; in between it is *not polled*, which
 * is never told as "down". One that refuses connections costs nothing and stays in the quick lane.
 */
export class AgentLanes {
  readonly #quick: Slots;
  readonly #slow: Slots;
  readonly #silent = new Map<string, Silence>();

  constructor(private readonly options: AgentLanesOptions) {
    this.#quick = new Slots(options.quick);
    this.#slow = new Slots(options.slow);
  }

  get silent(): number {
    return this.#silent.size;
  }

  /** Why an agent is asked less often. */
  faultOf(address: string): string {
    return this.#silent.get(address)?.fault ?? 'it did not answer lately';
  }

  /** `undefined`: not its turn. */
  poll(address: string, intervalMs: number, ask: () => Promise<SeenNode>): Promise<SeenNode> | undefined {
    const silence = this.#silent.get(address);
    if (silence && this.options.monotonicMs() < silence.askAgainAtMs) return undefined;
    return (silence ? this.#slow : this.#quick).run(async () => {
      const seen = await ask();
      this.#learn(address, intervalMs, seen);
      return seen;
    });
  }

  #learn(address: string, intervalMs: number, { observation: { node } }: SeenNode): void {
    if (!node.ok && node.kind === 'not_polled') return;
    const before = this.#silent.get(address);
    this.#silent.delete(address);
    if (node.ok || node.kind !== 'timeout') return;
    const times = (before?.times ?? 0) + 1;
    // Half an interval less, so that the cycle that is due finds it ready to be asked.
    const intervals = times <= TOLERATED ? 0 : Math.min(2 ** (times - TOLERATED), LONGEST_INTERVALS) - 0.5;
    const askAgainAtMs = this.options.monotonicMs() + intervals * intervalMs;
    this.#silent.set(address, { times, askAgainAtMs, fault: node.error.error_msg });
    for (const oldest of this.#silent.keys()) {
      if (this.#silent.size <= REMEMBERED) break;
      this.#silent.delete(oldest);
    }
  }
}
