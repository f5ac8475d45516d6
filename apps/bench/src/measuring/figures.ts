export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return (low + high) / 2;
};

/** Nearest rank; `share` 0.99 for p99. */
export function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function latencyOf(samples: readonly number[]): Latency {
  const sorted = [...samples].sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: percentile(sorted, 1) };
}

/** Round by round: two sides of one round met the same weather. */
export const ratios = (ours: readonly number[], raw: readonly number[]): number[] =>
  ours.map((value, round) => {
    const other = raw[round];
    if (other === undefined) throw new Error(`round ${round + 1} has no raw side`);
    return value / other;
  });

export function text(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}

export const spread = (values: readonly number[]): string =>
  values.length < 2 ? text(median(values)) : `${text(Math.min(...values))} – ${text(Math.max(...values))}`;
