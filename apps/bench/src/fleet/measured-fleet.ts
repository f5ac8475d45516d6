import type { Simulator } from '@replicante/simulated-fleet';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '@replicante/processes';
import { cpuSeconds } from '../rig/service-process.js';
import { until } from '../rig/wait.js';
import type { FleetShape } from '@replicante/simulated-fleet';
import { decisionTimes } from './decision-times.js';
import type { DecisionTimes } from './decision-times.js';
import type { FleetAdapters } from './fleet-servers.js';
import type { CpuSeconds, Service } from './running-fleet.js';
import { startFleet } from './running-fleet.js';
import type { Samples, SamplesRequest } from './samples.child.js';

export interface FleetRun extends FleetShape {
  readonly intervalSeconds: number;
  /** Of the measured part. */
  readonly seconds: number;
  readonly hungShare: number;
  readonly changesPerClusterAndMinute: number;
  readonly seed: number;
  /** For how many intervals after the last change its event is awaited; 0: nobody asks about faults. */
  readonly awaitFaults: number;
  /** Default: PostgreSQL for everything. */
  readonly adapters?: FleetAdapters;
  /** Settings of the services. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Processes of a service; default 1. */
  readonly copies?: Partial<Record<Service, number>>;
}

export interface MeasuredFleet {
  readonly samples: Samples;
  readonly nodesPerSecond: number;
  /** Completed ÷ expected cycles. */
  readonly completedShare: number;
  /** Used in the measured part. */
  readonly cpu: CpuSeconds;
  readonly simulatorCpu: number;
  /** At the end of the measured part. */
  readonly pssMb: Readonly<Record<Service, number>>;
  readonly faults: DecisionTimes;
  readonly isOnDouble: boolean;
  /** What the services wrote to stderr: warnings of Node among them. */
  readonly complaints: string;
}

const DISCOVERY_SECONDS = 30;
/**
 * Until what is measured is how it goes on and not how it began: first cycles record everything, code is compiled, and
 * agents that begin to hang all at once each take their time-out once; what that left waiting is worked off first.
 */
const SETTLING_INTERVALS = 5;
const LOOK_MS = 250;

/** A fleet under the suite for some seconds, counted from when every cluster has been cycled and it has settled. */
export async function measureFleet(simulator: Simulator, run: FleetRun): Promise<MeasuredFleet> {
  const { clusters, intervalSeconds, seconds, seed } = run;
  const { platformUrl, agents } = await simulator.ask({ kind: 'tell' });
  const fleet = await startFleet({ ...run, discoverySeconds: DISCOVERY_SECONDS, platformUrl, agents });
  const watching = startChild<SamplesRequest, Samples>(new URL('./samples.child.js', import.meta.url));
  try {
    await watching.ask({ kind: 'follow', bus: fleet.bus });
    const allCycled = async (): Promise<true | undefined> =>
      (await watching.ask({ kind: 'seen' })).clusters >= clusters ? true : undefined;
    await until('a cycle of every cluster', 120_000, allCycled, LOOK_MS);
    await simulator.ask({ kind: 'hang', share: run.hungShare, seed });
    await simulator.ask({ kind: 'change', perClusterPerMinute: run.changesPerClusterAndMinute, seed });
    await delay(intervalSeconds * SETTLING_INTERVALS * 1_000);
    const before = { cpu: fleet.cpu(), simulator: cpuSeconds(simulator.pid), ms: Date.now() };
    await delay(seconds * 1_000);
    const after = { cpu: fleet.cpu(), simulator: cpuSeconds(simulator.pid), ms: Date.now() };
    const pssMb = fleet.pssMb();
    const { changes, unexpected } = await simulator.ask({ kind: 'change', perClusterPerMinute: 0, seed });
    if (unexpected.length > 0)
      throw new Error(`the simulator was asked what nobody should: ${unexpected.slice(0, 5).join('; ')}`);
    // What was due in the last moment is completed after it.
    await delay(intervalSeconds * Math.max(1, run.awaitFaults) * 1_000);
    const samples = await watching.ask({ kind: 'sum', fromMs: before.ms, toMs: after.ms });
    const took = (after.ms - before.ms) / 1_000;
    return {
      samples,
      nodesPerSecond: samples.nodes / took,
      completedShare: samples.cycles / ((clusters * took) / intervalSeconds),
      cpu: used(before.cpu, after.cpu),
      simulatorCpu: after.simulator - before.simulator,
      pssMb,
      faults:
        run.awaitFaults === 0
          ? { decidedMs: [], undecided: 0 }
          : await decisionTimes(fleet.server.url, changes),
      isOnDouble: fleet.isOnDouble,
      complaints: fleet.members.map(({ process }) => process.stderr()).join(''),
    };
  } finally {
    await simulator.ask({ kind: 'hang', share: 0, seed });
    await watching.stop();
    await fleet.stop();
  }
}

const used = (before: CpuSeconds, after: CpuSeconds): CpuSeconds =>
  Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, seconds - before[name as keyof CpuSeconds]]),
  ) as CpuSeconds;
