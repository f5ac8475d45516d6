import { startSimulator } from '@replicante/simulated-fleet';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import type { Latency } from '../measuring/figures.js';
import { latencyOf, median, ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { FleetShape } from '@replicante/simulated-fleet';
import type { FleetRun, MeasuredFleet } from './measured-fleet.js';
import { measureFleet } from './measured-fleet.js';
import type { RawPollsRequest, RawPollsResult } from './raw-polls.child.js';

const FLEET: FleetShape = { clusters: 300, nodesPerCluster: 10 };
const LOAD = { ...FLEET, hungShare: 0.01, changesPerClusterAndMinute: 1 };
const ROUNDS = 3;
/** More than can be done: what is done then is the most that can. */
const SATURATED = { intervalSeconds: 2, seconds: 10, awaitFaults: 0 };
const RAW = { seconds: 4, atOnce: 256 };
/** A fleet whose cycles are to be on time asks for so much of the most at most. */
const COMFORTABLE_SHARE = 0.7;
const COMFORTABLE_SECONDS = 30;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const simulator = startSimulator();
  const raw = startChild<RawPollsRequest, RawPollsResult>(new URL('./raw-polls.child.js', import.meta.url));
  try {
    const { agents } = await simulator.ask({ kind: 'serve', ...FLEET });
    const ours: MeasuredFleet[] = [];
    const raws: RawPollsResult[] = [];
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const load: FleetRun = { ...LOAD, ...SATURATED, seed };
      const measured = await measureFleet(simulator, load);
      ours.push(measured);
      raws.push(await raw.ask({ ...RAW, agents: agents.flat() }));
      say(`ours ${cpuLine(measured)}; raw ${text(raws.at(-1)?.nodesPerSecond ?? 0)} nodes/s`);
    }
    const most = median(ours.map(({ nodesPerSecond }) => nodesPerSecond));
    const nodes = FLEET.clusters * FLEET.nodesPerCluster;
    const intervalSeconds = Math.max(2, Math.ceil(nodes / (most * COMFORTABLE_SHARE)));
    const onTime = await measureFleet(simulator, {
      ...LOAD,
      intervalSeconds,
      seconds: Math.ceil(COMFORTABLE_SECONDS / intervalSeconds) * intervalSeconds,
      seed: ROUNDS + 1,
      awaitFaults: 2,
    });
    say(`every ${intervalSeconds} s: ${cpuLine(onTime)}, completed ${text(onTime.completedShare)}`);
    const { age, known } = onTime.samples;
    const fault = latencyOf(onTime.faults.decidedMs);
    return {
      measures: [
        {
          what: 'nodes polled, decided and recorded per second ÷ raw client making the same requests',
          unit: 'ratio',
          rounds: ratios(
            ours.map(({ nodesPerSecond }) => nodesPerSecond),
            raws.map(({ nodesPerSecond }) => nodesPerSecond),
          ),
          goal: { atLeast: 0.3 },
        },
        {
          what: `age of facts at decision, p99, every ${intervalSeconds} s`,
          unit: 'ms',
          rounds: [age?.p99 ?? Number.NaN],
          goal: { atMost: (intervalSeconds + 1) * 1_000 },
        },
        {
          what: 'age of what was known of a node as the next facts of it were decided on, p99',
          unit: 'ms',
          rounds: [known?.p99 ?? Number.NaN],
          goal: { atMost: (intervalSeconds + 1) * 1_000 },
        },
        {
          what: 'fault → decision, p99',
          unit: 'ms',
          rounds: [fault.p99],
          goal: { atMost: (intervalSeconds + 1) * 1_000 },
        },
        {
          what: 'completed ÷ expected cycles',
          unit: 'ratio',
          rounds: [onTime.completedShare],
          goal: { atLeast: 0.999 },
        },
      ],
      raw: [
        [
          ['round', 'nodes/s', 'cycles/s', 'raw nodes/s', ...CPU_HEAD, 'raw client µs'],
          ...ours.map((measured, n) => [
            n + 1,
            text(measured.nodesPerSecond),
            text((measured.nodesPerSecond * measured.samples.cycles) / measured.samples.nodes),
            text(raws[n]?.nodesPerSecond ?? Number.NaN),
            ...cpuCells(measured),
            text(raws[n]?.cpuMicrosPerNode ?? Number.NaN),
          ]),
        ],
        [
          [
            `every ${intervalSeconds} s`,
            'completed ÷ expected',
            'age of facts p50 / p99 / max ms',
            'known before p50 / p99 / max ms',
            'fault → decision p50 / p99 / max ms',
            'faults not decided',
            ...CPU_HEAD,
          ],
          [
            `${text(onTime.nodesPerSecond)} nodes/s`,
            onTime.completedShare.toFixed(4),
            cells(age),
            cells(known),
            cells(fault),
            onTime.faults.undecided,
            ...cpuCells(onTime),
          ],
        ],
      ],
      notes: [
        `${FLEET.clusters} clusters of ${FLEET.nodesPerCluster} nodes, each agent an origin of its own; 1 % of the agents ` +
          `hang; one change of a node’s status per cluster and minute. CPU: µs per node polled, decided and recorded.`,
        `The most is found with an interval of ${SATURATED.intervalSeconds} s, which asks for ` +
          `${text(nodes / SATURATED.intervalSeconds)} nodes/s: what ` +
          `is not begun within an interval expires. Ages are of a fleet that asks for at most ${COMFORTABLE_SHARE} of it.`,
        'Facts are as old as the poll in whose cycle they are decided on; “known before” is what the cycle before had seen ' +
          'of the same node, which is the oldest that anybody could have believed.',
      ],
    };
  } finally {
    await raw.stop();
    await simulator.stop();
  }
}

const CPU_HEAD = [
  'worker µs',
  'command µs',
  'PostgreSQL µs',
  'projection µs',
  'scheduler µs',
  'simulator µs',
];

const cpuCells = ({ cpu, simulatorCpu, samples }: MeasuredFleet): readonly string[] =>
  [cpu.worker, cpu.command, cpu.PostgreSQL, cpu.projection, cpu.scheduler, simulatorCpu].map(seconds =>
    text((seconds * 1e6) / samples.nodes),
  );

const cells = (latency: Latency | null): string =>
  latency === null ? '' : `${text(latency.p50)} / ${text(latency.p99)} / ${text(latency.max)}`;

const cpuLine = (measured: MeasuredFleet): string =>
  `${text(measured.nodesPerSecond)} nodes/s (µs per node: ` +
  `${CPU_HEAD.map((name, n) => `${name.replace(' µs', '')} ${cpuCells(measured)[n]}`).join(', ')})`;

export const fleet: Benchmark = {
  name: 'fleet',
  about:
    'Nodes polled, decided and recorded per second by the built services over simulated agents in a process of their own, ÷ ' +
    'a raw keep-alive client making the same five requests per node; and how old facts are when they are decided on.',
  run,
};
