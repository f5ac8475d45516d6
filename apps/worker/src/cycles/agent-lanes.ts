import { Slots } from '../slots.js';
import type { NoAnswer } from './answers.js';
import type { SeenNode } from './poll-node.js';
import { unseen } from './poll-node.js';

export interface AgentLanesOptions {
  /** Agents asked at once by this process. */
  readonly quick: number;
  /** Of those, apart from them, that did not answer lately. */
  readonly slow: number;
  readonly monotonicMs: () => number;
  /** A defect of an ask that no cycle waits for any more. */
  readonly onError: (error: unknown) => void;
}

export interface AskedAgent {
  readonly address: string;
  readonly nodeId: string;
  /** Of its cluster's cycles. */
  readonly intervalMs: number;
  /** Of the lease under which it is asked. */
  readonly lost: AbortSignal;
}

/** `apart`: no cycle waits for it, so it may take all of an agent's time. */
export type Ask = (apart: boolean) => Promise<SeenNode>;

interface Silence {
  /** Time-outs in a row. */
  readonly times: number;
  readonly askAgainAtMs: number;
  /** The last one. */
  readonly why: NoAnswer;
  readonly atMs: number;
  /** Since it went, somebody else may have seen more of the agent. */
  readonly lost: AbortSignal;
  /** Some cycle was told of it. */
  told: boolean;
}

const TOLERATED = 2;
const LONGEST_INTERVALS = 4;
const REMEMBERED = 10_000;
/** A cycle waits so long for an agent that was silent, and at most this share of its interval: it may be back. */
const PATIENCE_MS = 250;
const PATIENCE_SHARE = 0.1;
/** A time-out that is older is not told any more: rules take no older facts (safety.md §11). */
const TOLD_WITHIN_INTERVALS = 2;

/**
 * An agent's first time-out is waited for. From then on it is asked apart, in a lane of its own: no cycle waits for it
 * longer than a moment, and a thousand hung ones do not hold up those that answer. A time-out had apart is told to the
 * next cycle, once, as of when it was had; an answer had apart is told to nobody, for the next cycle asks again and acts
 * on nothing else (safety.md §5). After two time-outs in a row an agent is asked less often, at least every 4th interval.
 * What is neither asked to its end nor told is *not polled*, never "down". One that refuses connections costs nothing and
 * stays in the quick lane.
 */
export class AgentLanes {
  readonly #quick: Slots;
  readonly #slow: Slots;
  readonly #silent = new Map<string, Silence>();
  /** By address: asked apart right now. */
  readonly #apart = new Set<string>();

  constructor(private readonly options: AgentLanesOptions) {
    this.#quick = new Slots(options.quick);
    this.#slow = new Slots(options.slow);
  }

  get silent(): number {
    return this.#silent.size;
  }

  /** Why an agent is asked apart. */
  faultOf(address: string): string {
    return this.#silent.get(address)?.why.error.error_msg ?? 'it did not answer lately';
  }

  /** `undefined`: nothing is known of it that no cycle was told yet. */
  async poll(agent: AskedAgent, ask: Ask): Promise<SeenNode | undefined> {
    const { address, nodeId, intervalMs } = agent;
    const silence = this.#silent.get(address);
    if (!silence) {
      const seen = await this.#quick.run(() => ask(false));
      this.#learn(agent, seen, true);
      return seen;
    }
    if (!this.#apart.has(address) && this.options.monotonicMs() >= silence.askAgainAtMs) {
      const patienceMs = Math.min(PATIENCE_MS, intervalMs * PATIENCE_SHARE);
      const seen = await inTime(this.#askApart(agent, ask), patienceMs);
      // Its answer was asked for by this cycle. A time-out is told below, like any other.
      if (seen && !timedOut(seen)) return seen;
    }
    const last = this.#silent.get(address);
    if (!last || last.told || last.lost.aborted) return undefined;
    last.told = true;
    const ageMs = this.options.monotonicMs() - last.atMs;
    return ageMs > TOLD_WITHIN_INTERVALS * intervalMs ? undefined : unseen(nodeId, last.atMs, last.why);
  }

  /** Never rejects. */
  async #askApart(agent: AskedAgent, ask: Ask): Promise<SeenNode | undefined> {
    this.#apart.add(agent.address);
    try {
      const seen = await this.#slow.run(() => ask(true));
      this.#learn(agent, seen, false);
      return seen;
    } catch (error) {
      this.options.onError(error);
      return undefined;
    } finally {
      this.#apart.delete(agent.address);
    }
  }

  #learn({ address, intervalMs, lost }: AskedAgent, seen: SeenNode, told: boolean): void {
    const { node } = seen.observation;
    if (!node.ok && node.kind === 'not_polled') return;
    const before = this.#silent.get(address);
    this.#silent.delete(address);
    if (node.ok || node.kind !== 'timeout') return;
    const times = (before?.times ?? 0) + 1;
    // Half an interval less, so that the cycle that is due finds it ready to be asked.
    const intervals = times <= TOLERATED ? 0 : Math.min(2 ** (times - TOLERATED), LONGEST_INTERVALS) - 0.5;
    const askAgainAtMs = this.options.monotonicMs() + intervals * intervalMs;
    this.#silent.set(address, { times, askAgainAtMs, why: node, atMs: seen.atMs, lost, told });
    for (const oldest of this.#silent.keys()) {
      if (this.#silent.size <= REMEMBERED) break;
      this.#silent.delete(oldest);
    }
  }
}

const timedOut = ({ observation: { node } }: SeenNode): boolean => !node.ok && node.kind === 'timeout';

/** What `work` resolves to if it does so in time; it goes on either way. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
