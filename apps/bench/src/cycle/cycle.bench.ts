import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { median, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { CyclesRequest, CyclesResult } from './cycles.child.js';

const SIZES = [50, 100, 250, 500, 1_000];
const ROUNDS = 5;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const child = startChild<CyclesRequest, CyclesResult>(new URL('./cycles.child.js', import.meta.url));
  try {
    const bySize = new Map<number, CyclesResult[]>(SIZES.map(size => [size, []]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const nodes of SIZES) {
        const result = await child.ask({ nodes, cycles: 10 });
        bySize.get(nodes)?.push(result);
        if (round === ROUNDS - 1)
          say(`${nodes} nodes: quiet ${text(result.quietMs)} ms, all changed ${text(result.changedMs)} ms`);
      }
    const of = (nodes: number) => bySize.get(nodes) ?? [];
    const perNode = (nodes: number, pick: (result: CyclesResult) => number): number =>
      median(of(nodes).map(pick)) / nodes;
    const growth = (pick: (result: CyclesResult) => number): number[] =>
      of(1_000).map(result => pick(result) / 1_000 / perNode(100, pick));
    return {
      measures: [
        {
          what: 'a cycle of 500 nodes in which nothing changed',
          unit: 'ms',
          rounds: of(500).map(result => result.quietMs),
          goal: { atMost: 50 },
        },
        {
          what: 'a cycle of 500 nodes in which every node changed',
          unit: 'ms',
          rounds: of(500).map(result => result.changedMs),
          goal: { atMost: 50 },
        },
        {
          what: 'CPU per node at 1,000 nodes ÷ at 100 nodes, quiet (1: linear)',
          unit: 'ratio',
          rounds: growth(result => result.quietMs),
          goal: { atMost: 1.5 },
        },
        {
          what: 'CPU per node at 1,000 nodes ÷ at 100 nodes, all changed',
          unit: 'ratio',
          rounds: growth(result => result.changedMs),
          goal: { atMost: 1.5 },
        },
      ],
      raw: [
        [
          [
            'nodes',
            'quiet cycle, CPU ms (median)',
            'all changed, CPU ms (median)',
            'µs per node, quiet',
            'µs per node, changed',
          ],
          ...SIZES.map(size => [
            size,
            text(median(of(size).map(r => r.quietMs))),
            text(median(of(size).map(r => r.changedMs))),
            text(perNode(size, r => r.quietMs) * 1_000),
            text(perNode(size, r => r.changedMs) * 1_000),
          ]),
        ],
      ],
    };
  } finally {
    await child.stop();
  }
}

export const cycle: Benchmark = {
  name: 'cycle',
  about:
    'One cycle decided by the pure decider, the fold of what it decided included: CPU milliseconds (user and system) of a ' +
    'process that does nothing else. No I/O, so no raw side: the goal is absolute.',
  run,
};
