import { startSimulator } from '@replicante/simulated-fleet';
import { setTimeout as delay } from 'node:timers/promises';
import type { FleetAdapters } from '../fleet/fleet-servers.js';
import { startFleet } from '../fleet/running-fleet.js';
import type { Samples, SamplesRequest } from '../fleet/samples.child.js';
import type { Gaps } from '../fleet/seen-cycles.js';
import type { Benchmark, BenchmarkOptions, Measure, Outcome } from '../measuring/benchmark.js';
import { text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { Faulted, Signal } from './faults.js';
import { allCycled, costOf, victimOf } from './faults.js';
import { DOUBLE, stackAdapters } from './stack-adapters.js';

const FLEET = { clusters: 40, nodesPerCluster: 3 };
const INTERVAL_SECONDS = 1;
const COPIES = { scheduler: 2, worker: 3 };
const HUNG_SHARE = 0.01;
/** After somebody joined: partitions are shared out anew. */
const SETTLE_MS = 8_000;

type Coordinator = FleetAdapters['coordinator'];
const COORDINATORS: readonly Coordinator[] = ['consul', 'postgres'];
const NAMES: Readonly<Record<Coordinator, string>> = { consul: 'Consul', postgres: 'PostgreSQL' };
const KILLED_MS: Readonly<Record<Coordinator, number>> = { consul: 35_000, postgres: 15_000 };
const ENDED_MS = 2_000;

const FAULTS: readonly (readonly ['scheduler' | 'worker', Signal])[] = [
  ['worker', 'SIGTERM'],
  ['scheduler', 'SIGTERM'],
  ['worker', 'SIGKILL'],
  ['scheduler', 'SIGKILL'],
];

interface Cost extends Gaps {
  readonly coordinator: Coordinator;
  readonly service: 'scheduler' | 'worker';
  readonly signal: Signal;
}

async function costsOn(
  coordinator: Coordinator,
  say: BenchmarkOptions['say'],
): Promise<{ readonly costs: readonly Cost[]; readonly isOnDouble: boolean }> {
  const simulator = startSimulator();
  const watching = startChild<SamplesRequest, Samples>(new URL('../fleet/samples.child.js', import.meta.url));
  try {
    const { platformUrl, agents } = await simulator.ask({ kind: 'serve', ...FLEET });
    const fleet = await startFleet({
      ...FLEET,
      platformUrl,
      agents,
      intervalSeconds: INTERVAL_SECONDS,
      discoverySeconds: 30,
      adapters: stackAdapters(coordinator),
      copies: COPIES,
    });
    try {
      await watching.ask({ kind: 'follow', bus: fleet.bus });
      const faulted: Faulted = {
        fleet,
        watching,
        clusters: FLEET.clusters,
        intervalMs: INTERVAL_SECONDS * 1_000,
      };
      await allCycled(faulted);
      await simulator.ask({ kind: 'hang', share: HUNG_SHARE, seed: 1 });
      const costs: Cost[] = [];
      for (const [service, signal] of FAULTS) {
        await delay(SETTLE_MS);
        await allCycled(faulted);
        const gaps = await costOf(await victimOf(service, fleet), signal, faulted);
        costs.push({ coordinator, service, signal, ...gaps });
        say(
          `${NAMES[coordinator]}, ${service} ${signal}: ${text(gaps.longestMs)} ms, ${gaps.affected} clusters`,
        );
      }
      return { costs, isOnDouble: fleet.isOnDouble };
    } finally {
      await fleet.stop();
    }
  } finally {
    await watching.stop();
    await simulator.stop();
  }
}

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const all: Cost[] = [];
  let mark = '';
  for (const coordinator of COORDINATORS) {
    const { costs, isOnDouble } = await costsOn(coordinator, say);
    all.push(...costs);
    if (isOnDouble) mark = ` (${DOUBLE})`;
  }
  const measure = (coordinator: Coordinator, signal: Signal): Measure => ({
    what:
      `longest gap between completed cycles of a cluster, worker or leader ` +
      `${signal === 'SIGKILL' ? 'killed' : 'ended (SIGTERM)'}, on ${NAMES[coordinator]}${mark}`,
    unit: 'ms',
    rounds: [Math.max(...of(all, coordinator, signal).map(({ longestMs }) => longestMs))],
    goal: { atMost: signal === 'SIGKILL' ? KILLED_MS[coordinator] : ENDED_MS },
  });
  return {
    measures: COORDINATORS.flatMap(coordinator => [
      measure(coordinator, 'SIGKILL'),
      measure(coordinator, 'SIGTERM'),
    ]),
    raw: [
      [
        ['coordinator', 'process', 'signal', 'longest gap ms', 'clusters with a gap above two intervals'],
        ...all.map(({ coordinator, service, signal, longestMs, affected }) => [
          NAMES[coordinator],
          service,
          signal,
          text(longestMs),
          affected,
        ]),
      ],
    ],
    notes: [
      `Event store ${stackAdapters().eventStore}${mark}, bus and queue on Kafka; ${COPIES.scheduler} schedulers and ${COPIES.worker} ` +
        `workers, ${FLEET.clusters} clusters of ${FLEET.nodesPerCluster} nodes, 1 % of them hung, a cycle every ` +
        `${INTERVAL_SECONDS} s. A gap is the whole time between two completed cycles of one cluster, nothing taken off: an ` +
        `undisturbed one is ${INTERVAL_SECONDS} s.`,
      'Clusters of a killed worker wait for its partition leases: the TTL of 10 s on PostgreSQL, up to twice that and the ' +
        'lock delay on Consul. One whose cycle was under way in that moment waits for its task: nobody else may have it for ' +
        'three lives of a lease, 30 s on either.',
    ],
  };
}

const of = (all: readonly Cost[], coordinator: Coordinator, signal: Signal): readonly Cost[] =>
  all.filter(cost => cost.coordinator === coordinator && cost.signal === signal);

export const gapsAfterFaults: Benchmark = {
  name: 'gaps',
  about:
    'A worker or the leading scheduler is killed, or asked to end, under a fleet on Kafka: the longest time without a ' +
    'completed cycle of any one cluster, by coordinator.',
  run,
};
