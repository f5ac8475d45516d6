import { expect, it } from '@jest/globals';
import type { Instruction } from './commands.js';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const WANTED = 2;

/** Mulberry32. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A platform, and workers, to which everything happens that may: see `fateOf`. Calm from the 60th cycle on. */
function history(seed: number, keys: boolean): SimulatedCluster {
  const random = numbers(seed);
  const cluster = new SimulatedCluster();
  const done = new Set<string>();
  let later: { readonly atMs: number; readonly run: () => void }[] = [];
  let calm = false;
  const inTime = (): void => {
    const due = later.filter(l => l.atMs <= cluster.nowMs);
    later = later.filter(l => l.atMs > cluster.nowMs);
    for (const { run } of due) run();
  };
  const after = (withinMs: number, run: () => void): void =>
    void later.push({ atMs: cluster.nowMs + random() * withinMs, run });
  const fateOf = ({ attempt_id }: Instruction): void => {
    const { lease } = cluster;
    const effect = (): void => {
      if (keys && done.has(attempt_id)) return;
      done.add(attempt_id);
      cluster.addNode();
    };
    const say = (outcome: Parameters<SimulatedCluster['outcome']>[1]) => (): void =>
      void cluster.outcome(attempt_id, outcome, lease);
    const accepted = say({ kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    const notSent = say({ kind: 'provision', result: 'not_sent' });
    const error = { error_msg: 'a fault' };
    const fates: readonly (() => void)[] = [
      () => [effect, accepted].forEach(run => run()),
      effect,
      () => [effect, say({ kind: 'provision', result: 'unknown', error })].forEach(run => run()),
      notSent,
      say({ kind: 'provision', result: 'refused', error }),
      () => undefined,
      // Written before its notAfter, and worked on for as long as the worker would wait for the answer.
      () => after(24_000, random() < 0.5 ? effect : () => [effect, accepted].forEach(run => run())),
      () => after(60_000, notSent),
    ];
    fates[calm ? 0 : Math.floor(random() * fates.length)]?.();
  };
  cluster.idempotencyKeys = keys;
  cluster.fate = instruction => {
    if (instruction.kind !== 'provision') return 'done';
    fateOf(instruction);
    return 'dropped';
  };
  cluster.apply(specOf(WANTED));
  for (let i = 0; i < 80; i += 1) {
    calm = i >= 60;
    inTime();
    if (calm || random() < 0.6) cluster.discover();
    if (random() < 0.1) cluster.lease = { ...cluster.lease, token: cluster.lease.token + 1, holder: `${i}` };
    const [action_id] = cluster.state.orchestratorActions.keys();
    if (!calm && action_id !== undefined && random() < 0.08)
      cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    // What the worker awaits, and whether the platform has room, only ever delays.
    cluster.platformCalls =
      calm || random() < 0.5
        ? undefined
        : {
            awaited: [...cluster.state.provisions.keys()].filter(() => random() < 0.5),
            busy: random() < 0.5 ? ['http://platform/'] : [],
          };
    if (calm || random() < 0.05)
      cluster.execute({ type: 'RetryRule', data: { ...ids, rule: 'node-scale-up', subject: 'group:main' } });
    cluster.cycle();
  }
  return cluster;
}

it.each([
  ['takes idempotency keys', true],
  ['ignores idempotency keys', false],
])(
  'whatever becomes of requests and answers, a platform that %s makes no node too many, and all of them in the end',
  (_which, keys) => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const cluster = history(seed, keys);
      expect({ seed, nodes: cluster.nodes.size }).toEqual({ seed, nodes: WANTED });
      expect({ seed, converged: cluster.state.convergence?.converged }).toEqual({ seed, converged: true });
    }
  },
  60_000,
);
