import { Chance } from './chance.js';
import { PROOFS, check } from './checker/check.js';
import { Clients } from './clients/clients.js';
import { coverageTable, emptyCells } from './coverage.js';
import { collect } from './evidence/collect.js';
import type { Evidence } from './evidence/evidence.js';
import { QueryClient } from './evidence/read-served.js';
import { type Injected, inject } from './faults/inject.js';
import { CELLS, type Fault, growthAt, planFaults } from './faults/plan.js';
import type { ChaosOptions } from './options.js';
import { until } from './until.js';
import { World } from './world/world.js';

/** Several provisions without an answer in a row, each of which the suite waits out for 30 s and more (safety.md §3). */
const CONVERGED_WITHIN_MS = 240_000;

type Say = (line: string) => void;

/** One run: faults by seed, then rest, then the proofs. Answers whether nothing was harmed. */
export async function runChaos(options: ChaosOptions, say: Say, asked: AbortSignal): Promise<boolean> {
  const chance = new Chance(options.seed);
  const plan = planFaults(options.faults, chance.fork());
  say(`seed ${options.seed}, ${plan.length} faults, idempotency keys ${options.idempotency ? 'on' : 'off'}`);
  const world = await World.create(options);
  const clients = new Clients(world, chance.fork());
  let well = false;
  try {
    await world.start();
    await clients.declare();
    clients.start();
    const injected = await faults(world, clients, plan, say, asked);
    const rested = await rest(world, clients, say).then(
      () => true,
      (error: unknown) => say(`VIOLATION ${error instanceof Error ? error.message : String(error)}`),
    );
    const evidence = await collect(world, clients, options.idempotency);
    await clients.stop();
    well = judge(evidence, injected, say) && rested === true;
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
): Promise<readonly Injected[]> {
  const injected: Injected[] = [];
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
      await world.proxyTheDatabase();
      say('  the suite is killed, and started on its database through the proxy');
    }
    const done = await inject(world, fault);
    injected.push(done);
    const where = `${fault.point} × ${fault.target}`.padEnd(34);
    say(
      `fault ${String(fault.number).padStart(3)}  ${where} ${done.what}  (${(done.healedMs / 1000).toFixed(1)} s)`,
    );
    if (!fault.overlaps) await clients.answered();
    await approveWaiting(new QueryClient(world.httpPort), clients).catch(() => undefined); // down now: the next time
  }
  return injected;
}

/** An action that waits for approval blocks all behind it, provisioning and initialisation too. Answers what is unfinished. */
async function approveWaiting(query: QueryClient, clients: Clients) {
  const open = await query.unfinishedActions();
  await clients.approve(open.flatMap(a => (a.phase === 'PENDING_APPROVE' ? [a.actionId] : [])));
  return open;
}

/** All is healed: five nodes, nothing unfinished, and it stays so. */
async function rest(world: World, clients: Clients, say: Say): Promise<void> {
  if (!world.standalone.isRunning()) await world.start();
  await clients.grow();
  await clients.rest();
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

function judge(evidence: Evidence, injected: readonly Injected[], say: Say): boolean {
  const violations = check(evidence);
  const kinds = (kind: string) => evidence.calls.filter(c => c.outcome.kind === kind).length;
  say(coverageTable(injected));
  say(
    `${evidence.events.length} events; ${evidence.calls.length} commands (${kinds('ok')} ok, ${kinds('fail')} fail, ` +
      `${kinds('unknown')} unknown); ${evidence.sent.length} effects sent, ${evidence.agentActions.length} actions at ` +
      `agents; ${evidence.acknowledged.length} rows acknowledged`,
  );
  for (const { number, title } of PROOFS) {
    const broken = violations.some(v => v.startsWith(`§14.${number}:`));
    say(`${broken ? 'BROKEN' : 'proved'}  §14.${number}  ${title}`);
  }
  for (const violation of violations) say(`VIOLATION ${violation}`);
  const empty = injected.length >= CELLS.length ? emptyCells(injected) : [];
  for (const cell of empty) say(`VIOLATION no fault struck ${cell}`);
  return violations.length + empty.length === 0;
}
