/** What a figure has to be; absent: it stands for information. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export interface Measure {
  readonly what: string;
  /** `ratio`, `ms`, `MB` … */
  readonly unit: string;
  /** One value per round; the median is held against the goal. */
  readonly rounds: readonly number[];
  readonly goal?: Goal;
}

/** Raw figures behind the measures: the first row names the columns. */
export type RawTable = readonly (readonly (string | number)[])[];

export interface Outcome {
  readonly measures: readonly Measure[];
  readonly raw: readonly RawTable[];
  /** What a reader must know to read the figures; what a missed goal is due to. */
  readonly notes?: readonly string[];
  /** Why nothing of this counts: stands in the heading and in every row, and no goal is judged. */
  readonly caveat?: string;
}

/** The caveat of whatever was done on the double of EventStoreDB. */
export const ON_THE_DOUBLE = 'double: not a measurement';

export interface BenchmarkOptions {
  /** The sizes that take too long for every day. */
  readonly full: boolean;
  readonly say: (line: string) => void;
}

export interface Benchmark {
  readonly name: string;
  /** What is compared with what, in a sentence or two. */
  readonly about: string;
  readonly run: (options: BenchmarkOptions) => Promise<Outcome>;
}

export const met = ({ goal }: Measure, value: number): boolean | undefined => {
  if (goal === undefined) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
};
