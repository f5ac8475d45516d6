import { Chance } from './chance.js';
import { PROOFS, check } from './checker/check.js';
import { longestGapMs } from './checker/gaps.js';
import { Clients } from './clients/clients.js';
import { clockOffsets, shownOffsets } from './clocks/offsets.js';
import { coverageOf, coverageTable } from './coverage.js';
import { collect } from './evidence/collect.js';
import type { Cycles, Evidence } from './evidence/evidence.js';
import { QueryClient } from './evidence/read-served.js';
import { type Injected, inject } from './faults/inject.js';
import { type Fault, growthAt, planPart } from './faults/plan.js';
import type { ChaosOptions } from './options.js';
import { until } from './until.js';
import { type Shape, shapeOf } from './world/shape.js';
import type { Adapters } from './world/adapters.js';
import { World } from './world/world.js';

/** Several provisions without an answer in a row, each of which the suite waits out for 30 s and more (safety.md §3). */
const CONVERGED_WITHIN_MS = 240_000;

/** What a fault costs beyond itself is said from here on. */
const SLOW_MS = 5_000;

type Say = (line: string) => void;

/** One run: faults by seed, then rest, then the proofs. Answers whether nothing was harmed. */
export async function runChaos(options: ChaosOptions, say: Say, asked: AbortSignal): Promise<boolean> {
  const chance = new Chance(options.seed);
  const plan = planPart(shapeOf(options), { from: options.from, count: options.faults }, chance.fork());
  const load = chance.fork();
  const clocks = clockOffsets(chance.fork(), options.clocks);
  const world = await World.create(options, clocks, say);
  say(
    `seed ${options.seed}, ${plan.length} faults${options.from === undefined ? '' : ` from ${options.from} on`}, ${options.suite} on ${describe(options.adapters)}, ` +
      `idempotency keys ${options.idempotency ? 'on' : 'off'}; ${options.fleet > 0 ? `${options.fleet} simulated clusters beside; ` : ''}clocks ${shownOffsets(clocks)}`,
  );
  const clients = new Clients(world, load);
  let well = false;
  try {
    await world.startAll();
    await clients.declare();
    clients.start();
    const { injected, broken } = await faults(world, clients, plan, say, asked);
    const rested = await rest(world, clients, say).then(
      () => true,
      (error: unknown) => say(`VIOLATION ${error instanceof Error ? error.message : String(error)}`),
    );
    const evidence = await collect(world, clients, options.idempotency, broken);
    await clients.stop();
    well = judge(evidence, world.shape, { plan, injected }, say) && rested === true;
  } catch (error) {
    say(`VIOLATION the run could not be ended: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await clients.stop();
    await world.stop(!well && !asked.aborted);
    if (!well) say(`seed ${options.seed}: logs and data are kept in ${world.folder}`);
  }
  return well;
}

async function faults(
  world: World,
  clients: Clients,
  plan: readonly Fault[],
  say: Say,
  asked: AbortSignal,
): Promise<{ readonly injected: readonly Injected[]; readonly broken: Cycles['faults'] }> {
  const injected: Injected[] = [];
  const broken: { from: number; to: number; what: string }[] = [];
  const open: Promise<void>[] = [];
  const growth = growthAt(plan);
  let proxied = false;
  for (const [i, fault] of plan.entries()) {
    if (asked.aborted) throw new Error('stopped');
    if (i === growth) {
      await clients.grow();
      say('  the cluster is told to grow to 5');
    }
    if (fault.point.startsWith('database') && !proxied) {
      proxied = true;
      const from = Date.now();
      await world.proxyTheDatabase();
      broken.push({ from, to: Date.now(), what: 'a start of the whole suite' });
      say('  the suite is killed, and started on its database through the proxy');
    }
    const done = await inject(world, fault);
    injected.push(done);
    const spell = { from: done.begunAt, to: done.begunAt + done.healedMs, what: done.what };
    broken.push(spell);
    if (done.healed) {
      const over = done.healed.then(at => void (spell.to = at));
      over.catch(() => undefined); // met when all that is open is awaited
      open.push(over);
    }
    const where = `${fault.point} × ${fault.target}`.padEnd(34);
    say(
      `fault ${String(fault.number).padStart(3)}  ${where} ${done.what}  (${(done.healedMs / 1000).toFixed(1)} s)`,
    );
    if (!fault.overlaps) {
      await Promise.all(open.splice(0));
      await clients.answered();
      const ms = await world.cycled(broken.reduce((latest, { to }) => Math.max(latest, to), 0));
      if (ms > SLOW_MS) say(`            cycles again after ${(ms / 1000).toFixed(1)} s`);
    }
    await approveWaiting(new QueryClient(world.httpPort), clients).catch(() => undefined); // down now: the next time
  }
  await Promise.all(open);
  return { injected, broken };
}

/** An action that waits for approval blocks all behind it, provisioning and initialisation too. Answers what is unfinished. */
async function approveWaiting(query: QueryClient, clients: Clients) {
  const open = await query.unfinishedActions();
  await clients.approve(open.flatMap(a => (a.phase === 'PENDING_APPROVE' ? [a.actionId] : [])));
  return open;
}

/** All is healed: five nodes, nothing unfinished, and it stays so. */
async function rest(world: World, clients: Clients, say: Say): Promise<void> {
  await world.startIfDown();
  // In this order: the load repeats what changed nothing, and nobody remembers that, so that it may declare 3 again.
  await clients.rest();
  await clients.grow();
  // Who stops in order writes down what it has folded, so that there are snapshots to judge, and events after them.
  await world.restartInOrder('command');
  const query = new QueryClient(world.httpPort);
  const begun = performance.now();
  let waitsFor = '';
  await until(
    'converged at 5',
    CONVERGED_WITHIN_MS,
    async () => {
      const { converged, healthy, waitsFor: missing } = await query.convergence();
      waitsFor = missing.join('; ');
      const open = await approveWaiting(query, clients);
      return converged && healthy === 5 && open.length === 0;
    },
    250,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; it waits for: ${waitsFor}`);
  });
  say(`  converged at 5 nodes ${((performance.now() - begun) / 1000).toFixed(1)} s after the last fault`);
}

function judge(
  evidence: Evidence,
  shape: Shape,
  { plan, injected }: { readonly plan: readonly Fault[]; readonly injected: readonly Injected[] },
  say: Say,
): boolean {
  const violations = check(evidence);
  const kinds = (kind: string) => evidence.calls.filter(c => c.outcome.kind === kind).length;
  const coverage = coverageOf(shape, plan, injected);
  say(coverageTable(shape, injected));
  say(coverage.summary);
  say(
    `${evidence.events.length} events; ${evidence.calls.length} commands (${kinds('ok')} ok, ${kinds('fail')} fail, ` +
      `${kinds('unknown')} unknown); ${evidence.sent.length} effects sent, ${evidence.agentActions.length} actions at ` +
      `agents; ${evidence.acknowledged.length} rows acknowledged`,
  );
  say(extent(evidence));
  for (const { number, title, unprovable } of PROOFS) {
    const broken = violations.some(v => v.startsWith(`§14.${number}:`));
    const why = unprovable?.(evidence);
    const verdict = why === undefined ? (broken ? 'BROKEN' : 'proved') : 'not proved';
    say(`${verdict.padEnd(10)}  §14.${number.padEnd(2)}  ${title}${why === undefined ? '' : `: ${why}`}`);
  }
  for (const violation of violations) say(`VIOLATION ${violation}`);
  for (const cell of coverage.missing) say(`VIOLATION no fault struck ${cell}`);
  return violations.length + coverage.missing.length === 0;
}

/** How much the later proofs had to look at. */
function extent({ published, tasks, taskLog, cycles, snapshots }: Evidence): string {
  const parts = [
    published &&
      `${published.length} records on topics, ${published.length - new Set(published.map(p => p.id)).size} repeats`,
    tasks &&
      `${tasks.enqueued} tasks (${Object.entries(tasks.ended)
        .map(([how, n]) => `${how} ${n}`)
        .join(', ')})`,
    taskLog && `${taskLog.records.length} records of the queue's log`,
    `${snapshots.length} snapshots`,
    cycles &&
      `${cycles.completedAt.length} cycles, longest time without one and without a fault ` +
        `${longestGapMs(cycles)} ms (bound ${cycles.boundMs})`,
  ];
  return parts.filter(part => part !== null).join('; ');
}

const describe = (adapters: Adapters): string => [...new Set(Object.values(adapters))].join(', ');
