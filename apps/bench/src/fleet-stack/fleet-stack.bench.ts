import { startSimulator } from '@replicante/simulated-fleet';
import { availableParallelism } from 'node:os';
import type { MeasuredFleet } from '../fleet/measured-fleet.js';
import { measureFleet } from '../fleet/measured-fleet.js';
import type { CpuSeconds } from '../fleet/running-fleet.js';
import { SERVICES } from '../fleet/running-fleet.js';
import type { Benchmark, BenchmarkOptions, Measure, Outcome } from '../measuring/benchmark.js';
import type { Latency } from '../measuring/figures.js';
import { text } from '../measuring/figures.js';
import { DOUBLE, stackAdapters } from './stack-adapters.js';

const SIZES = [250, 500, 1_000, 2_000];
const NODES_PER_CLUSTER = 5;
const INTERVAL_SECONDS = 10;
/** Of the largest fleet; a smaller one shows its CPU in less. */
const SECONDS = { largest: 60, smaller: 20 };
const LOAD = { hungShare: 0.01, changesPerClusterAndMinute: 1, awaitFaults: 0 };
/**
 * With the default of 16 a worker's 100 cycles/s might take 160 ms each, on a machine whose cores are all in use. The heap
 * is what V8 allows itself in a container of 512 MiB, the limit in `deploy/`: on a machine with more it lets garbage lie.
 */
const ENVIRONMENT = { WORKER_CONCURRENCY: '64', NODE_OPTIONS: '--max-old-space-size=256' };
/** One would need 0.6 of a core; docs/deployment.md adds one before 0.7. */
const COPIES = { worker: 2 };

const PARTS = [...SERVICES, 'PostgreSQL', 'Kafka', 'Consul', 'EventStoreDB'] as const;
const isThere = (part: keyof CpuSeconds, cpu: CpuSeconds): boolean => cpu[part] > 0;

async function measure(clusters: number, seconds: number): Promise<MeasuredFleet> {
  const simulator = startSimulator();
  const shape = { clusters, nodesPerCluster: NODES_PER_CLUSTER };
  try {
    await simulator.ask({ kind: 'serve', ...shape, origins: 'addresses' });
    return await measureFleet(simulator, {
      ...shape,
      ...LOAD,
      seconds,
      intervalSeconds: INTERVAL_SECONDS,
      seed: clusters,
      adapters: stackAdapters(),
      environment: ENVIRONMENT,
      copies: COPIES,
    });
  } finally {
    await simulator.stop();
  }
}

/** Seconds of CPU of everything but the simulator, as microseconds per node of a completed cycle. */
const microsPerNode = ({ cpu, samples }: MeasuredFleet, parts: readonly (keyof CpuSeconds)[]): number =>
  (parts.reduce((sum, part) => sum + cpu[part], 0) * 1e6) / samples.nodes;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const sizes: { readonly clusters: number; readonly measured: MeasuredFleet }[] = [];
  for (const clusters of SIZES) {
    const seconds = clusters === SIZES.at(-1) ? SECONDS.largest : SECONDS.smaller;
    const measured = await measure(clusters, seconds);
    sizes.push({ clusters, measured });
    say(
      `${text(clusters)} clusters: ${text(measured.nodesPerSecond)} nodes/s, ${text(microsPerNode(measured, PARTS))} µs per ` +
        `node, completed ${text(measured.completedShare)}, late p99 ${text(measured.samples.late?.p99 ?? Number.NaN)} ms`,
    );
  }
  const largest = sizes.at(-1)?.measured;
  if (largest === undefined) throw new Error('nothing was measured');
  const perNode = sizes.map(({ measured }) => microsPerNode(measured, PARTS));
  const mark = largest.isOnDouble ? ` (${DOUBLE})` : '';
  const measures: Measure[] = [
    {
      what: 'lateness of a cycle, p99',
      unit: 'ms',
      rounds: [largest.samples.late?.p99 ?? Number.NaN],
      goal: { atMost: 1_000 },
    },
    {
      what: 'completed ÷ expected cycles',
      unit: 'ratio',
      rounds: [largest.completedShare],
      goal: { atLeast: 0.999 },
    },
    {
      what: 'age of facts at decision, p99',
      unit: 'ms',
      rounds: [largest.samples.age?.p99 ?? Number.NaN],
      goal: { atMost: (INTERVAL_SECONDS + 1) * 1_000 },
    },
    {
      what: `CPU per node and cycle ÷ the least of any smaller fleet, the most of ${SIZES.join(' → ')} clusters`,
      unit: 'ratio',
      rounds: [worstRise(perNode)],
      goal: { atMost: 1.3 },
    },
    ...SERVICES.map((service): Measure => ({
      what: `PSS of ${service}`,
      unit: 'MB',
      rounds: [largest.pssMb[service]],
      goal: { atMost: 350 },
    })),
  ];
  return {
    measures: measures.map(measure => ({ ...measure, what: `${measure.what}${mark}` })),
    raw: [cpuTable(sizes), timesTable(sizes)],
    notes: [
      `Event store ${stackAdapters().eventStore}${mark}, bus and queue on Kafka, Consul; ${COPIES.worker} workers, one process of each other service, agents and ` +
        `platform in one more, all on this machine with the servers. ${NODES_PER_CLUSTER} nodes to a cluster, each agent an ` +
        `origin of its own (an address of 127.0.0.0/8), every ${INTERVAL_SECONDS} s; 1 % of the agents hang; one change per ` +
        `cluster and minute. WORKER_CONCURRENCY=${ENVIRONMENT.WORKER_CONCURRENCY}; NODE_OPTIONS=${ENVIRONMENT.NODE_OPTIONS}, what V8 allows ` +
        'itself in the containers of `deploy/`. Goals but the growth are of the largest fleet.',
      'Counted from when the fleet has settled, 50 s after every cluster had its first cycle and 100 agents began to hang: the ' +
        'start of everything at once leaves cycles up to 9 s late, which are worked off in some 65 s.',
      'A cycle is late from when it was due, which follows from its key and the wall clock, to when `command` began it: up to ' +
        'a tick of the scheduler (250 ms) of it is by design.',
      coresNote(largest),
      'Where it goes, by profiles of 2,000 clusters (`BENCH_PROFILE=<folder>`): of the worker about 45 % are sockets and HTTP ' +
        'to agents (five requests a node), 10 % garbage, 10 % kafkajs, 6 % gRPC; of projection, scheduler and query 20 to 30 % ' +
        'kafkajs, a request per fetch whatever is in it; of `command` 15 % the rules themselves. More cores, or another ' +
        'machine for the servers and the simulator, mend what a machine that is full misses.',
    ],
  };
}

/** What everybody does once, whatever the size, makes small fleets dearer: only a cost that grows is a fault. */
const worstRise = (costs: readonly number[]): number =>
  Math.max(...costs.slice(1).map((cost, n) => cost / Math.min(...costs.slice(0, n + 1))));

/** What the fleet asks for, as cores, had it been cycled in time: above what there is, nothing can be in time. */
function coresNote(measured: MeasuredFleet): string {
  const nodesPerSecond = ((SIZES.at(-1) ?? 0) * NODES_PER_CLUSTER) / INTERVAL_SECONDS;
  const micros = microsPerNode(measured, PARTS) + (measured.simulatorCpu * 1e6) / measured.samples.nodes;
  return (
    `${text(nodesPerSecond)} nodes/s at ${text(micros)} µs each, servers and simulator included, are ` +
    `${text((nodesPerSecond * micros) / 1e6)} cores; this machine has ${availableParallelism()}.`
  );
}

type Sizes = readonly { readonly clusters: number; readonly measured: MeasuredFleet }[];

function cpuTable(sizes: Sizes): readonly (readonly (string | number)[])[] {
  const parts = PARTS.filter(part => sizes.some(({ measured }) => isThere(part, measured.cpu)));
  return [
    ['clusters', 'nodes/s', 'all µs', ...parts.map(part => `${part} µs`), 'simulator µs'],
    ...sizes.map(({ clusters, measured }) => [
      text(clusters),
      text(measured.nodesPerSecond),
      text(microsPerNode(measured, PARTS)),
      ...parts.map(part => text(microsPerNode(measured, [part]))),
      text((measured.simulatorCpu * 1e6) / measured.samples.nodes),
    ]),
  ];
}

const timesTable = (sizes: Sizes): readonly (readonly (string | number)[])[] => [
  [
    'clusters',
    'completed ÷ expected',
    'late p50 / p99 / max ms',
    'age of facts p50 / p99 / max ms',
    ...SERVICES.map(service => `${service} PSS MB`),
  ],
  ...sizes.map(({ clusters, measured: { completedShare, samples, pssMb } }) => [
    text(clusters),
    completedShare.toFixed(4),
    cells(samples.late),
    cells(samples.age),
    ...SERVICES.map(service => text(pssMb[service])),
  ]),
];

const cells = (latency: Latency | null): string =>
  latency === null ? '' : `${text(latency.p50)} / ${text(latency.p99)} / ${text(latency.max)}`;

export const fleetStack: Benchmark = {
  name: 'fleet-stack',
  about:
    'A fleet of up to 2,000 clusters under the built services on Kafka and Consul: how late its cycles are, how many happen, ' +
    'how old facts are as they are decided on, and what a node and cycle costs as the fleet grows.',
  run,
};
