/** Between which two parts a proxy stands: the suite and what is named; `control` is between workers and `command`. */
export const LINKS = [
  'platform',
  'agent',
  'command',
  'control',
  'database',
  'eventstoredb',
  'kafka',
  'consul',
] as const;
export type Link = (typeof LINKS)[number];

/** `before`: the request was received and not forwarded. `after`: the answer was received and not delivered. */
export const MOMENTS = ['before', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A request or an answer that a proxy holds in its hand. */
export interface Crossing {
  readonly link: Link;
  readonly moment: Moment;
  /** Something changes with it: the crossing that is worth waiting for. */
  readonly effect: boolean;
  /** Node of an agent; process of a stack that is asked. */
  readonly near?: string;
  /** For people. */
  readonly what: string;
}

export type Verdict = 'pass' | 'drop';

interface Trap {
  readonly link: Link;
  readonly moment: Moment;
  readonly effectsOnlyUntil: number;
  readonly spring: (crossing: Crossing) => Promise<Verdict>;
}

/** Where the proxies ask before anything crosses; at most one trap is set at a time. */
export class Crossings {
  #trap: Trap | undefined;

  /** Answers when the crossing may go on, or is to be lost with its connection. */
  async cross(crossing: Crossing): Promise<Verdict> {
    const trap = this.#trap;
    if (trap?.link !== crossing.link || trap.moment !== crossing.moment) return 'pass';
    if (!crossing.effect && performance.now() < trap.effectsOnlyUntil) return 'pass';
    this.#trap = undefined;
    return trap.spring(crossing);
  }

  /**
   * Does `act` at the instant of the next fitting crossing, which is held meanwhile; one without effect is let pass for
   * `patienceMs`. Answers the crossing, or undefined when none came within `withinMs`.
   */
  async trap(
    where: { readonly link: Link; readonly moment: Moment },
    times: { readonly patienceMs: number; readonly withinMs: number },
    act: (crossing: Crossing) => Promise<Verdict>,
  ): Promise<Crossing | undefined> {
    if (this.#trap) throw new Error('a trap is set already');
    return new Promise((resolve, reject) => {
      const trap: Trap = {
        ...where,
        effectsOnlyUntil: performance.now() + times.patienceMs,
        spring: async crossing => {
          clearTimeout(timer);
          try {
            return await act(crossing);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            return 'pass';
          } finally {
            resolve(crossing);
          }
        },
      };
      const timer = setTimeout(() => {
        if (this.#trap === trap) this.#trap = undefined;
        resolve(undefined);
      }, times.withinMs);
      this.#trap = trap;
    });
  }
}
