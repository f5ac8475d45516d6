import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '@replicante/processes';
import type { Crossing, Verdict } from '../proxies/crossings.js';
import type { ProcessName } from '../world/shape.js';
import { refuseWrites } from '../world/refused-writes.js';
import { type Victim, candidates, findVictim, kill, standStill, withBackends } from '../world/victims.js';
import { until } from '../until.js';
import type { World } from '../world/world.js';
import { type Fault, crossingOf } from './plan.js';

/** What became of a fault. */
export interface Injected {
  readonly fault: Fault;
  /** False: its crossing never came, so that the cell stays empty. */
  readonly done: boolean;
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  readonly healedMs: number;
  /** When its victim runs again, where the next fault does not wait for that. Milliseconds since 1970. */
  readonly healed?: Promise<number>;
}

const PATIENCE_MS = 2_500;
const CROSSING_WITHIN_MS = 20_000;
const STRIKES_WITHIN_MS = 10_000;
/** A broker has a minute to get ready, and on a busy machine needs another try. */
const HEALED_WITHIN_MS = 240_000;

/** Carries one fault out and waits until what it broke runs again. */
export async function inject(world: World, fault: Fault): Promise<Injected> {
  const crossing = crossingOf(fault.point);
  const begunAt = Date.now();
  // Nothing is held at a crossing for a victim that does not exist yet.
  const { target } = fault;
  if (target !== 'wire')
    await until(`a ${target}`, HEALED_WITHIN_MS, () => find(world, target, fault.pick, undefined));
  let happened: { readonly what: string; readonly victim?: Victim } | undefined;
  if (!crossing) happened = await strike(world, fault);
  else {
    const acts = await world.proxies.crossings.trap(
      crossing,
      { patienceMs: PATIENCE_MS, withinMs: CROSSING_WITHIN_MS },
      async held => {
        const verdict = await atCrossing(world, fault, held, done => (happened = done));
        return verdict;
      },
    );
    if (!acts) return { fault, done: false, what: 'its crossing never came', begunAt, healedMs: 0 };
  }
  const victim = happened?.victim;
  let healed: Promise<number> | undefined;
  if (victim && (fault.how === 'kill' || (fault.how === 'refuse' && !isAlive(victim.main)))) {
    const back = world.heal(victim, HEALED_WITHIN_MS);
    if (fault.overlaps && !world.isLauncher(victim)) healed = whenDone(back);
    else await back;
  }
  return {
    ...{ fault, begunAt, healedMs: Date.now() - begunAt, what: happened?.what ?? 'nothing to strike' },
    done: victim !== undefined || (happened !== undefined && fault.target === 'wire'),
    ...(healed ? { healed } : {}),
  };
}

/** A failure is met by whoever awaits it, later. */
function whenDone(work: Promise<void>): Promise<number> {
  const at = work.then(() => Date.now());
  at.catch(() => undefined);
  return at;
}

async function atCrossing(
  world: World,
  fault: Fault,
  held: Crossing,
  say: (done: { what: string; victim?: Victim }) => void,
): Promise<Verdict> {
  if (fault.target === 'wire') {
    const lateMs = world.freezeMs(fault);
    if (fault.how === 'delay') await delay(lateMs);
    say({ what: `${held.what} ${fault.how === 'delay' ? `came ${lateMs} ms late` : 'was lost'}` });
    return fault.how === 'drop' ? 'drop' : 'pass';
  }
  const done = await strike(world, fault, held.near);
  say({ ...done, what: `${done.what} at ${held.what}` });
  return 'pass';
}

/** The one at the crossing, else the seed's, else any that runs: a node's server may not exist yet. */
async function find(
  world: World,
  process: ProcessName,
  pick: number,
  near: string | undefined,
): Promise<Victim | undefined> {
  const all = await candidates(world.finder, process);
  if (!all) return findVictim(world.finder, process);
  const first = near !== undefined && all.includes(near) ? near : all[Math.floor(pick * all.length)];
  for (const which of first === undefined ? [] : [first, ...all]) {
    const found = await findVictim(world.finder, process, which);
    if (found) return found;
  }
  return undefined;
}

/** The victim falls now; a frozen one goes on after longer than a lease. */
async function strike(world: World, fault: Fault, near?: string): Promise<{ what: string; victim?: Victim }> {
  if (fault.target === 'wire') throw new Error('the wire is no process');
  const process = fault.target;
  const victim = await until(`a ${process} to strike`, STRIKES_WITHIN_MS, () =>
    find(world, process, fault.pick, near),
  );
  const role = process === 'node-database' ? ` (${await world.roleOf(victim.which ?? '')})` : '';
  if (fault.how === 'freeze') {
    const stillMs = world.freezeMs(fault);
    const thaw = standStill(victim);
    await delay(stillMs).finally(thaw);
    return { what: `${victim.what}${role} stood still for ${stillMs} ms`, victim };
  }
  if (fault.how === 'refuse') return refuse(victim, world.freezeMs(fault));
  kill(victim);
  await until(`${victim.what} is gone`, 10_000, () => !isAlive(victim.main), 2);
  return { what: `${victim.what}${role} was killed`, victim };
}

/** A server may well end over it: then it is brought back as after any other death. */
async function refuse(victim: Victim, forMs: number): Promise<{ what: string; victim?: Victim }> {
  const allow = await refuseWrites(() => withBackends(victim));
  if (!allow) return { what: `this machine cannot refuse ${victim.what} its writes` };
  await delay(forMs).finally(allow);
  const ended = isAlive(victim.main) ? '' : ', and ended';
  return { what: `${victim.what} could write nothing for ${forMs} ms${ended}`, victim };
}
