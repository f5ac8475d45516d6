import { median } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';
import { PolledCluster } from '../rig/polled-cluster.js';

export interface CyclesRequest {
  readonly nodes: number;
  readonly cycles: number;
}

/** Medians over the cycles. */
export interface CyclesResult {
  readonly quietMs: number;
  readonly changedMs: number;
}

answerParent(({ nodes, cycles }: CyclesRequest): Promise<CyclesResult> => {
  const cluster = new PolledCluster(`cluster-${nodes}`, nodes);
  for (let n = 0; n < 3; n += 1) cluster.cycle();
  const quiet = Array.from({ length: cycles }, () => cluster.cycle());
  // Few changes, so that no attribute becomes a sample (safety.md §12).
  const changed = Array.from({ length: 4 }, (_, n) => cluster.cycle(`change ${n}`));
  if (changed.some(({ events }) => events < nodes))
    throw new Error('a change of every node was not recorded');
  return Promise.resolve({
    quietMs: median(quiet.map(({ ms }) => ms)),
    changedMs: median(changed.map(({ ms }) => ms)),
  });
});
