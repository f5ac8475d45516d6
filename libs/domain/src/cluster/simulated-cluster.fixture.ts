import type { Actor, CommandEnvelope, CommandMetadata, EventEnvelope, LeaseClaim } from '@replicante/kernel';
import type { Namespace } from '../model/namespace.js';
import type { ClusterSpec } from '../model/cluster-spec.js';
import type { AgentActionExecution, CycleObservation, NodeObservation } from '../model/observation.js';
import type { PlatformState } from '../platform/state.js';
import type { ClusterAnswer, ClusterCommand, CycleVerdict, Instruction } from './commands.js';
import type { ClusterContext } from './context.js';
import { clusterDecider } from './decide/index.js';
import type { ClusterEvent } from './events.js';
import type { SimulatedNode } from './simulated-node.fixture.js';
import { answersOf } from './simulated-node.fixture.js';
import type { ClusterState } from './state.js';

const actor: Actor = { kind: 'system', component: 'test', verified: true };

export const namespaceOf = (status: Namespace['status'] = 'Active'): Namespace => ({
  id: 'ns',
  status,
  tls: { ca_bundle: null },
  settings: { orchestrate: { max_naction_schedule_attempts: 5 } },
  agents: { token: null },
});

export const specOf = (count = 3, change: (spec: ClusterSpec) => ClusterSpec = spec => spec): ClusterSpec =>
  change({
    ns_id: 'ns',
    cluster_id: 'pg',
    active: true,
    interval: 10,
    platform: { ns_id: null, name: 'local' },
    declaration: {
      active: true,
      approval: 'granted',
      definition: {
        cluster_id: 'pg',
        store: 'postgresql',
        store_version: '18',
        attributes: {},
        nodes: { main: { desired_count: count, node_class: 'small', store_version: null, attributes: {} } },
      },
      graces: { expand: 0, init: 0, scale_up: 0 },
      timings_seconds: { expand: null, init: null, scale_up: null, stable_after: 5 },
      initialise: { mode: 'SingleNode', action_args: null, search: null },
      expand: { mode: 'Join', target_member: null },
    },
  });

export interface DecisionInput {
  readonly envelope: CommandEnvelope<ClusterCommand>;
  readonly state: ClusterState;
  readonly context: ClusterContext;
}

/**
 * A cluster, its platform and its agents in memory, driven through the decider as the services would: for laws that
 * need many cycles. Effects are counted, so that doubled ones show.
 */
export class SimulatedCluster {
  state: ClusterState = clusterDecider.initialState;
  readonly log: EventEnvelope<ClusterEvent>[] = [];
  readonly nodes = new Map<string, SimulatedNode>();
  nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  namespace = namespaceOf();
  idempotencyKeys = false;
  lease: LeaseClaim = { work: 'cycle', epoch: 1, token: 1, holder: 'a' };
  discoveryLease: LeaseClaim = { work: 'discovery:local', epoch: 1, token: 1, holder: 'a' };
  /** A cluster that was just declared is asked for before its first cycle, as the scheduler does. */
  asksForNew = true;
  /** Platform whose answers `discover` hands in. */
  discoveredBy = 'local';
  provisions = 0;
  inits = 0;
  joins = 0;
  /** Called for each instruction; `lost`: carried out, but its outcome is never reported. `dropped`: not even that. */
  fate: (instruction: Instruction) => 'done' | 'lost' | 'dropped' = () => 'done';
  /** What the worker hands in instead of what the agent answered. */
  tamper: (seen: NodeObservation) => NodeObservation = seen => seen;
  /** What an agent makes of an action that it accepted. */
  agentPhase: (action: AgentActionExecution) => AgentActionExecution['state']['phase'] = () => 'DONE';
  /** The platform's fold as the decision reads it. */
  platformAs: (platform: PlatformState) => PlatformState = platform => platform;
  /** Sees every input of `decide` before it is decided. */
  inspect: (input: DecisionInput) => void = () => undefined;
  /** What the worker carries from one cycle to the next. */
  remembered: CycleObservation['flapping'] = [];
  /** Calls to platforms that the worker waits for. */
  platformCalls: CycleObservation['platform_calls'];
  private commands = 0;

  get revision(): number {
    return this.log.length - 1;
  }

  private metadata(lease?: LeaseClaim): CommandMetadata {
    this.commands += 1;
    return {
      commandId: `command-${this.commands}`,
      correlationId: 'test',
      actor,
      now: new Date(this.nowMs).toISOString(),
      ...(lease ? { lease } : {}),
    };
  }

  private platform(): PlatformState {
    return this.platformAs({
      status: 'known',
      platform: {
        ns_id: 'ns',
        name: 'local',
        active: true,
        discovery: { interval: 10 },
        url: {
          base_url: 'http://platform/',
          tls_ca_bundle: null,
          tls_insecure_skip_verify: false,
          token: null,
        },
      },
      view: {
        clusters: {},
        idempotencyKeys: this.idempotencyKeys,
        suspect: null,
        failing: null,
        changes: [],
        lease: null,
      },
    });
  }

  /** Decides, appends, folds; a refusal is answered as its code. */
  execute(command: ClusterCommand, lease?: LeaseClaim): ClusterAnswer | string {
    const metadata = this.metadata(lease);
    const eventId = (index: number): string => `${metadata.commandId}/${index}`;
    const context: ClusterContext = {
      revision: this.revision,
      namespace: { status: 'known', namespace: this.namespace },
      namespaceRevision: 0,
      platform: this.platform(),
      platformRevision: 0,
      deriveId: name => `${metadata.commandId}:${name}`,
      eventId,
    };
    const input: DecisionInput = { envelope: { command, metadata }, state: this.state, context };
    this.inspect(input);
    const decision = clusterDecider.decide(input.envelope, input.state, input.context);
    if (!decision.accepted) return decision.rejection.code;
    const appended = decision.events.map(({ causedBy, ...event }, index): EventEnvelope<ClusterEvent> => ({
      event,
      id: eventId(index),
      streamId: 'cluster-ns:pg',
      revision: this.revision + 1 + index,
      metadata: {
        commandId: metadata.commandId,
        correlationId: metadata.correlationId,
        ...(causedBy === undefined ? {} : { causationId: eventId(causedBy) }),
        actor,
        recordedAt: metadata.now,
      },
    }));
    this.log.push(...appended);
    this.state = appended.reduce(clusterDecider.evolve, this.state);
    return decision.answer;
  }

  types(): readonly string[] {
    return this.log.map(e => e.event.type.replace(/^cluster\.|\.v1$/g, ''));
  }

  decisions() {
    return this.log.flatMap(e => (e.event.type === 'cluster.DecisionMade.v1' ? [e.event.data.decision] : []));
  }

  latest(rule: string, subject = 'cluster') {
    return this.decisions().findLast(d => d.rule === rule && d.subject === subject);
  }

  apply(spec: ClusterSpec): void {
    this.execute({ type: 'ApplyClusterSpec', data: { spec } });
  }

  addNode(): string {
    const id = `pg-${this.nodes.size + 1}`;
    this.nodes.set(id, {
      status: 'NOT_IN_CLUSTER',
      role: null,
      identity: null,
      up: true,
      nodeId: id,
      attributes: {},
      actions: new Map(),
    });
    return id;
  }

  discover(shown: readonly string[] = [...this.nodes.keys()]): ClusterAnswer | string {
    return this.execute(
      {
        type: 'RecordDiscovery',
        data: {
          ns_id: 'ns',
          cluster_id: 'pg',
          platform: { ns_id: 'ns', name: this.discoveredBy },
          observed: {
            cluster_id: 'pg',
            nodes: shown.map(node_id => ({
              node_id,
              agent_address: `http://${node_id}`,
              node_class: 'small',
              node_group: 'main',
            })),
          },
          began_at: new Date(this.nowMs).toISOString(),
          interval_seconds: 10,
        },
      },
      this.discoveryLease,
    );
  }

  private observe(nodeId: string): NodeObservation {
    const unfinished = [...this.state.nodeActions.values()]
      .filter(a => a.action.node_id === nodeId)
      .map(a => a.action.action_id);
    const answers = answersOf(nodeId, this.nodes.get(nodeId), unfinished, this.nowMs);
    return this.tamper(answers);
  }

  /** One cycle: begin, observe, submit, act, record. Time goes on by the interval. */
  cycle(polled: readonly string[] | null = null): CycleVerdict | string {
    if (this.asksForNew && this.state.spec.status === 'declared' && this.state.discovery === null)
      this.discover();
    const begun = this.execute(
      { type: 'BeginCycle', data: { ns_id: 'ns', cluster_id: 'pg', cycle_id: `cycle-${this.commands}` } },
      this.lease,
    );
    if (typeof begun === 'string') return begun;
    if (begun.kind !== 'cycle_plan') throw new Error(begun.kind);
    const { plan } = begun;
    const answer = this.execute(
      {
        type: 'SubmitObservation',
        data: {
          ns_id: 'ns',
          cluster_id: 'pg',
          act_within_ms: 5_000,
          observation: {
            cycle_id: plan.cycle_id,
            observer: 'worker-1',
            spec_revision: plan.spec_revision,
            cycle_age_ms: 10,
            flapping: this.remembered ?? [],
            ...(this.platformCalls && { platform_calls: this.platformCalls }),
            nodes: plan.nodes
              .filter(n => polled === null || polled.includes(n.node_id))
              .map(n => this.observe(n.node_id)),
          },
        },
      },
      this.lease,
    );
    if (typeof answer === 'string') return answer;
    if (answer.kind !== 'cycle_verdict') throw new Error(answer.kind);
    this.remembered = answer.verdict.sample.flapping;
    for (const instruction of answer.verdict.instructions) this.carryOut(instruction);
    this.finishAgentActions();
    this.nowMs += 10_000;
    return answer.verdict;
  }

  private carryOut(instruction: Instruction): void {
    const fate = this.fate(instruction);
    if (fate === 'dropped') return;
    if (instruction.kind === 'provision') {
      this.provisions += 1;
      this.addNode();
      if (fate === 'lost') return;
      this.outcome(instruction.attempt_id, {
        kind: 'provision',
        result: 'accepted',
        count: 1,
        node_ids: null,
      });
      return;
    }
    const node = this.nodes.get(instruction.node_id);
    const { request } = instruction;
    if (node && !node.actions.has(request.id))
      node.actions.set(request.id, {
        ...request,
        finished_time: null,
        scheduled_time: new Date(this.nowMs).toISOString(),
        state: { phase: 'NEW', error: null, payload: null },
      });
    if (fate === 'lost') return;
    this.outcome(instruction.attempt_id, { kind: 'node_action', result: 'accepted' });
  }

  outcome(
    attempt_id: string,
    outcome: Extract<ClusterCommand, { type: 'RecordOutcome' }>['data']['outcome'],
    lease: LeaseClaim = this.lease,
  ): ClusterAnswer | string {
    return this.execute(
      { type: 'RecordOutcome', data: { ns_id: 'ns', cluster_id: 'pg', attempt_id, outcome } },
      lease,
    );
  }

  /** What is NEW or RUNNING on an agent goes on; DONE comes with its effect. */
  private finishAgentActions(): void {
    for (const node of this.nodes.values())
      for (const [id, action] of node.actions) {
        if (action.finished_time !== null) continue;
        const phase = this.agentPhase(action);
        const finished = phase === 'DONE' || phase === 'FAILED';
        node.actions.set(id, {
          ...action,
          finished_time: finished ? new Date(this.nowMs).toISOString() : null,
          state: { ...action.state, phase },
        });
        if (phase !== 'DONE') continue;
        if (action.kind.endsWith('cluster.init')) this.becomes(node, 'Primary', 'inits');
        if (action.kind.endsWith('cluster.join')) this.becomes(node, 'Secondary', 'joins');
      }
  }

  private becomes(node: SimulatedNode, role: 'Primary' | 'Secondary', counter: 'inits' | 'joins'): void {
    this[counter] += 1;
    node.status = 'HEALTHY';
    node.role = role;
    node.identity = 'identity-1';
  }

  /** Another that has come just as far: what happens to it does not happen to this one. */
  copy(): SimulatedCluster {
    const nodes = [...this.nodes].map(([id, n]) => [id, { ...n, actions: new Map(n.actions) }] as const);
    return Object.assign(new SimulatedCluster(), this, { log: [...this.log], nodes: new Map(nodes) });
  }

  /** Discovery and cycle in turn until converged; answers the number of cycles. */
  run(cycles = 60): number {
    for (let i = 1; i <= cycles; i += 1) {
      this.discover();
      this.cycle();
      if (this.state.convergence?.converged) return i;
    }
    throw new Error(
      `not converged after ${cycles} cycles: ${JSON.stringify(this.decisions().slice(-6), null, 1)}`,
    );
  }
}

const converged = new Map<number, SimulatedCluster>();

/** Provisioned, initialised and joined: nothing is left to do. Simulated once, and each caller has one of its own. */
export function convergedCluster(count = 3): SimulatedCluster {
  const known = converged.get(count);
  if (known) return known.copy();
  const cluster = new SimulatedCluster();
  cluster.apply(specOf(count));
  cluster.run();
  converged.set(count, cluster.copy());
  return cluster;
}
