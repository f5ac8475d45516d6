import type { Benchmark, BenchmarkOptions, Measure, Outcome } from '../measuring/benchmark.js';
import { median, ratios, text } from '../measuring/figures.js';
import { measureSize, type Size } from './measure-size.js';
import { EVENTS_PER_CLUSTER, NODES } from './rebuilt-fleet.js';

const SIZES: readonly Size[] = [
  { events: 10_000, rounds: 3, warmUp: true },
  { events: 100_000, rounds: 3, warmUp: true },
];
/** Minutes long: the process' first, once. */
const MILLION: Size = { events: 1_000_000, rounds: 1, warmUp: false };

async function run({ full, say }: BenchmarkOptions): Promise<Outcome> {
  return rebuildOutcome(full, size => measureSize(size, say));
}

/** `measure` is called for one size after another. */
export async function rebuildOutcome(
  full: boolean,
  measure: (size: Size) => ReturnType<typeof measureSize>,
): Promise<Outcome> {
  const sizes = full ? [...SIZES, MILLION] : SIZES;
  const measures: Measure[] = [];
  const rows: (string | number)[][] = [
    ['events', 'round', 'rebuild/s', 'CPU µs per event', 'raw upsert/s', 'rows'],
  ];
  let small: readonly number[] = [];
  for (const size of sizes) {
    const { events } = size;
    const { ours, raw } = await measure(size);
    const rates = ours.map(round => round.perSecond);
    measures.push({
      what: `rebuild of ${text(events)} events, events/s ÷ raw upsert of the same rows`,
      unit: 'ratio',
      rounds: ratios(
        rates,
        raw.map(round => round.perSecond),
      ),
      goal: { atLeast: 0.5 },
    });
    for (const [n, { perSecond, cpuMicros }] of ours.entries())
      rows.push([
        text(events),
        n + 1,
        text(perSecond),
        text(cpuMicros),
        text(raw[n]?.perSecond ?? NaN),
        text(raw[n]?.rows ?? NaN),
      ]);
    if (small.length === 0) small = rates;
    else
      measures.push({
        what: `slower at ${text(events)} than at ${text(sizes[0]?.events ?? 0)} events, times`,
        unit: 'ratio',
        rounds: rates.map(rate => median(small) / rate),
        goal: { atMost: 1.1 },
      });
  }
  return {
    measures,
    raw: [rows],
    notes: [
      `Clusters of ${NODES} nodes with ${EVENTS_PER_CLUSTER} events each: node states, shards, decisions, actions. The raw ` +
        'side writes the rows of the same batches (2,000 events a transaction) with everything prepared beforehand, into ' +
        'tables with all their indexes; ours makes indexes when the rows are in. That and the swap are in its time. With ' +
        '`--full` 1,000,000 events: once, by a process that has done nothing before; ' +
        'beyond 100,000 they are copies of the others under other names.',
    ],
  };
}

export const rebuild: Benchmark = {
  name: 'rebuild',
  about:
    'A rebuild of the read models by the projection service (read, project, fold, write, swap), ÷ raw `unnest` upserts of ' +
    'the same rows into the same tables.',
  run,
};
