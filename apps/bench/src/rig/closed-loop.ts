import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';

export interface LoopResult {
  /** Calls that were answered. */
  readonly perSecond: number;
  /** Of one call. */
  readonly latency: Latency;
}

/**
 * So many callers for so many seconds, each of which calls again as soon as it is answered. `caller` makes the call that one
 * of them repeats, and may keep what it needs from one to the next.
 */
export async function closedLoop(
  inFlight: number,
  seconds: number,
  caller: (index: number) => () => Promise<void>,
): Promise<LoopResult> {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  const run = async (call: () => Promise<void>): Promise<void> => {
    while (performance.now() < end) {
      const sent = performance.now();
      await call();
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => run(caller(index))));
  const took = (performance.now() - began) / 1_000;
  return { perSecond: latencies.length / took, latency: latencyOf(latencies) };
}
