import type { Gaps } from '../fleet/seen-cycles.js';
import type { Member, RunningFleet } from '../fleet/running-fleet.js';
import type { Samples, SamplesRequest } from '../fleet/samples.child.js';
import type { Child } from '@replicante/processes';
import { until } from '../rig/wait.js';

export type Signal = 'SIGKILL' | 'SIGTERM';

export interface Faulted {
  readonly fleet: RunningFleet;
  readonly watching: Child<SamplesRequest, Samples>;
  readonly clusters: number;
  readonly intervalMs: number;
}

/** Longer than any lease can outlive its holder. */
const BACK_WITHIN_MS = 90_000;
const LOOK_MS = 250;

/** Ends a process and answers what that cost the fleet, once every cluster is cycled again. Another one takes its place. */
export async function costOf(victim: Member, signal: Signal, run: Faulted): Promise<Gaps> {
  const { fleet, watching, intervalMs } = run;
  const fromMs = Date.now();
  await (signal === 'SIGKILL' ? victim.process.kill() : victim.process.stop(15_000));
  // Not sooner: what was under way as it ended still completes.
  await until(`three intervals after ${victim.service} ended`, BACK_WITHIN_MS, async () =>
    Date.now() > fromMs + 3 * intervalMs ? true : undefined,
  );
  await allCycled(run);
  const { gaps } = await watching.ask({ kind: 'gaps', fromMs, toMs: Date.now(), intervalMs });
  if (gaps === null) throw new Error('gaps were asked for and not answered');
  await fleet.add(victim.service);
  return gaps;
}

/** Until every cluster has completed a cycle in the last two intervals. */
export async function allCycled({ watching, clusters, intervalMs }: Faulted): Promise<void> {
  await until(
    'cycles of every cluster',
    BACK_WITHIN_MS,
    async () => {
      const seen = await watching.ask({ kind: 'seen', sinceMs: Date.now() - 2 * intervalMs });
      return seen.clusters >= clusters ? true : undefined;
    },
    LOOK_MS,
  );
}

/** The scheduler that leads, or the first worker that is left. */
export async function victimOf(service: 'scheduler' | 'worker', { members }: RunningFleet): Promise<Member> {
  const left = members.filter(member => member.service === service && member.process.isRunning());
  if (service === 'worker' && left[0] !== undefined) return left[0];
  return until('a leading scheduler', BACK_WITHIN_MS, async () => {
    for (const member of left) if (await leads(member)) return member;
    return undefined;
  });
}

async function leads({ addresses }: Member): Promise<boolean> {
  const answer = await fetch(`http://${addresses.probes}/metrics`);
  return /^replicante_scheduler_leader(?:\{[^}]*\})? 1$/m.test(await answer.text());
}
