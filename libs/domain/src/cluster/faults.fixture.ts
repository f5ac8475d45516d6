import fc from 'fast-check';
import type { Instruction } from './commands.js';
import type { DecisionInput } from './simulated-cluster.fixture.js';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

type Fate = 'done' | 'lost' | 'dropped';

/** One thing that happens to a cluster. `n` picks a node, or anything that has to be picked. */
export type Step =
  | { readonly do: 'work' }
  | { readonly do: 'cycle'; readonly n: number }
  | { readonly do: 'discover'; readonly n: number }
  | { readonly do: 'discover-less'; readonly n: number }
  | { readonly do: 'down' | 'up' | 'primary' | 'no-role' | 'fresh' | 'stranger'; readonly n: number }
  | { readonly do: 'fate'; readonly fates: readonly Fate[] }
  | { readonly do: 'stall' | 'finish' }
  | { readonly do: 'new-holder' | 'old-holder' }
  | { readonly do: 'jump'; readonly n: number }
  | { readonly do: 'scale' | 'cancel' | 'retry' | 'init-by-hand' | 'loop-by-hand'; readonly n: number };

const pick = fc.nat({ max: 5 });
export const faults: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Step>({ do: 'work' }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('cycle', 'discover', 'discover-less'), n: pick }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('down', 'up', 'primary', 'no-role', 'fresh', 'stranger'),
        n: pick,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fate'),
        fates: fc.array(fc.constantFrom('done', 'lost', 'dropped'), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stall', 'finish') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('new-holder', 'old-holder') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('jump'), n: fc.integer({ min: 1, max: 5_000 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('scale', 'cancel', 'retry', 'init-by-hand', 'loop-by-hand'),
        n: pick,
      }),
    },
  ),
  { minLength: 15, maxLength: 45 },
);

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;

/** A cluster of three on a bad day. */
export class Troubled {
  readonly cluster = new SimulatedCluster();
  readonly inputs: DecisionInput[] = [];
  readonly sent: Instruction[] = [];
  private fates: Fate[] = [];
  private made = 0;

  constructor(watch: (input: DecisionInput) => void = () => undefined) {
    this.cluster.inspect = input => {
      watch(input);
      this.inputs.push(input);
    };
    this.cluster.fate = instruction => {
      this.sent.push(instruction);
      return this.fates.shift() ?? 'done';
    };
    this.cluster.apply(specOf(3));
  }

  suffer(steps: readonly Step[]): this {
    for (const step of steps) this.take(step);
    return this;
  }

  private take(step: Step): void {
    const { cluster } = this;
    const known = [...cluster.nodes.keys()];
    const at = 'n' in step ? step.n % Math.max(1, known.length) : 0;
    const node = cluster.nodes.get(known[at] ?? '');
    switch (step.do) {
      case 'work':
        cluster.discover();
        cluster.cycle();
        return;
      case 'cycle':
        cluster.cycle(known.filter((_, i) => i !== at));
        return;
      case 'discover':
        cluster.discover();
        return;
      case 'discover-less':
        cluster.discover(known.filter((_, i) => i !== at));
        return;
      case 'down':
      case 'up':
        if (node) node.up = step.do === 'up';
        return;
      case 'primary':
      case 'no-role':
        if (node?.identity) node.role = step.do === 'primary' ? 'Primary' : null;
        return;
      case 'fresh':
        if (node) Object.assign(node, { status: 'NOT_IN_CLUSTER', role: null });
        return;
      case 'stranger':
        if (node) node.nodeId = node.nodeId === 'stranger' ? (known[at] ?? '') : 'stranger';
        return;
      case 'fate':
        this.fates.push(...step.fates);
        return;
      case 'stall':
      case 'finish':
        cluster.agentPhase = () => (step.do === 'stall' ? 'RUNNING' : 'DONE');
        return;
      case 'new-holder':
        cluster.lease = {
          ...cluster.lease,
          token: cluster.lease.token + 1,
          holder: `h${cluster.lease.token}`,
        };
        return;
      case 'old-holder': {
        const mine = cluster.lease;
        cluster.lease = { ...mine, token: mine.token - 1, holder: `h${mine.token - 2}` };
        cluster.cycle();
        cluster.lease = mine;
        return;
      }
      case 'jump':
        cluster.nowMs += step.n * 1000;
        return;
      default:
        this.byHand(step.do, step.n, known[at] ?? 'pg-1');
    }
  }

  private byHand(what: string, n: number, node_id: string): void {
    const { cluster } = this;
    this.made += 1;
    const action_id = `by-hand-${this.made}`;
    const open = [...cluster.state.nodeActions.keys(), ...cluster.state.orchestratorActions.keys()];
    switch (what) {
      case 'scale':
        return cluster.apply(specOf(3 + (n % 2)));
      case 'cancel':
        return void cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: open[n] ?? 'none' } });
      case 'retry':
        return void cluster.execute({
          type: 'RetryRule',
          data: { ...ids, rule: 'node-scale-up', subject: 'group:main' },
        });
      case 'init-by-hand':
        return void cluster.execute({
          type: 'CreateNodeAction',
          data: {
            action: {
              ...ids,
              node_id,
              action_id,
              args: null,
              kind: 'agent.replicante.io/cluster.init',
              metadata: {},
            },
            approval: 'granted',
          },
        });
      default:
        return void cluster.execute({
          type: 'CreateOrchestratorAction',
          data: {
            action: {
              ...ids,
              action_id,
              args: { target: 2 },
              kind: 'core.replicante.io/test.loop',
              metadata: {},
              timeout: null,
            },
            approval: 'granted',
          },
        });
    }
  }

  /** Ends every fault, and asks for as many nodes as there are; then works until converged. */
  heal(): boolean {
    const { cluster } = this;
    this.fates = [];
    cluster.agentPhase = () => 'DONE';
    // A second initialisation is never sent: it waits until a person cancels it.
    for (const { action, dispatch } of cluster.state.nodeActions.values())
      if (action.kind.endsWith('cluster.init') && dispatch === null)
        cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: action.action_id } });
    // One that was sent, and cancelled here before it made anything, needs a person's word as well.
    const initialised = [...cluster.nodes.values()].some(n => n.identity !== null);
    const pending = [...cluster.state.nodeActions.values()].some(a => a.action.kind.endsWith('cluster.init'));
    if (!initialised && !pending)
      cluster.execute({ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss: true } });
    for (const [id, node] of cluster.nodes) {
      Object.assign(node, { up: true, nodeId: id });
      if (node.identity !== null) Object.assign(node, { status: 'HEALTHY', role: 'Secondary' });
    }
    for (let i = 0; i < 150; i += 1) {
      if (i % 70 === 0)
        cluster.apply(specOf(Math.max(3, cluster.nodes.size), s => ({ ...s, interval: 10 + i / 70 })));
      // A join that was under way makes a standby of its node: somebody outside sees to a primary.
      const members = [...cluster.nodes.values()].filter(n => n.identity !== null);
      if (members[0] && !members.some(n => n.role === 'Primary')) members[0].role = 'Primary';
      cluster.discover();
      cluster.cycle();
      // Without an attempt that a later discovery has still to settle.
      if (cluster.state.convergence?.converged && cluster.state.provisions.size === 0) return true;
    }
    return false;
  }
}
