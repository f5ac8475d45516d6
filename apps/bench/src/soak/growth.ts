/** One figure over time: `values` are taken at even distances. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /**
   * `level`: it has to stop growing. `facts`: it grows with what happened and has to, since facts are kept for ever.
   * `level of lows`: as `level`, judged by what it falls back to: a heap is a saw.
   */
  readonly owes: 'level' | 'level of lows' | 'facts';
  /** What it may grow over the second half in any case: below that it is noise. */
  readonly slack: number;
}

export interface Growth {
  readonly first: number;
  /** At half time and at the end: means of a tenth of the samples around it. */
  readonly half: number;
  readonly last: number;
  /** Of a straight line through the second half, over its length. */
  readonly risen: number;
  readonly level: boolean | undefined;
}

const LOWS = 8;
/** A line through the second half that rises by no more than this share of its mean is level. */
const TOLERATED = 0.05;
/** Share of the samples in which a process is still starting: no high to compare with. */
const WARM_UP = 0.1;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The least of each few neighbours. */
export const lowsOf = (values: readonly number[]): readonly number[] =>
  Array.from({ length: Math.ceil(values.length / LOWS) }, (_, n) =>
    Math.min(...values.slice(n * LOWS, (n + 1) * LOWS)),
  );

/**
 * Whether the last quarter rises above everything before it. What swings (a heap, and the memory that V8 gives back and
 * takes again) can rise through the second half and have been as high before; what leaks is always higher than ever.
 */
export function isHigherThanEver(values: readonly number[]): boolean {
  const last = Math.floor(values.length * 0.75);
  const before = values.slice(Math.floor(values.length * WARM_UP), last);
  return Math.max(...values.slice(last)) > Math.max(...before);
}

/** Least squares, per step. */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const centre = mean(values);
  let above = 0;
  let below = 0;
  for (const [step, value] of values.entries()) {
    above += (step - middle) * (value - centre);
    below += (step - middle) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

export function growthOf({ values, owes, slack }: Series): Growth {
  const judged = owes === 'level of lows' ? lowsOf(values) : values;
  const half = judged.slice(Math.floor(judged.length / 2));
  const risen = slopeOf(half) * Math.max(0, half.length - 1);
  const tenth = Math.max(1, Math.round(judged.length / 10));
  const level = risen <= Math.max(slack, mean(half) * TOLERATED) || !isHigherThanEver(judged);
  return {
    first: mean(judged.slice(0, tenth)),
    half: mean(half.slice(0, tenth)),
    last: mean(judged.slice(-tenth)),
    risen,
    level: owes === 'facts' ? undefined : level,
  };
}
