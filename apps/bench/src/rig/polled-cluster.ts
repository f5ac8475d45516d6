import type {
  ClusterAnswer,
  ClusterCommand,
  ClusterContext,
  ClusterEvent,
  ClusterState,
  NodeObservation,
} from '@replicante/domain';
import { clusterDecider } from '@replicante/domain';
import type { EventEnvelope, LeaseClaim } from '@replicante/kernel';
import { NS, nodeIds, specOf } from './fleet-events.js';

const lease = (work: string): LeaseClaim => ({ work, epoch: 1, token: 1, holder: 'bench' });

/** What a healthy node of a PostgreSQL cluster answers. */
export const healthyAnswers = (
  cluster_id: string,
  node_id: string,
  primary: boolean,
  offset: number,
): NodeObservation => ({
  node_id,
  age_ms: 5,
  node: {
    ok: true,
    value: {
      address: { client: '127.0.0.1:5432', member: '127.0.0.1:5432' },
      agent_version: { checkout: 'a'.repeat(40), number: '1.0.0', taint: 'working-copy' },
      attributes: { 'postgresql.version_num': 180_004 },
      node_id,
      node_status: 'HEALTHY',
      store_id: 'postgresql',
      store_version: { checkout: null, number: '18.4', extra: null },
    },
  },
  store: { ok: true, value: { cluster_id, attributes: { store_identity: '7300000000000000000' } } },
  shards: {
    ok: true,
    value: [
      {
        id: 'postgresql',
        role: primary ? 'Primary' : 'Secondary',
        commit_offset: { unit: { unit: 'bytes' }, value: offset },
        lag: null,
      },
    ],
  },
  queue: { ok: true, value: [] },
  finished: { ok: true, value: [] },
  actions: {},
});

/** A cluster in memory, driven through the pure decider as `command` would. */
export class PolledCluster {
  state: ClusterState = clusterDecider.initialState;
  readonly #ids: readonly string[];
  #revision = -1;
  #commands = 0;
  #nowMs = Date.UTC(2026, 0, 1);

  constructor(
    readonly clusterId: string,
    readonly nodes: number,
  ) {
    this.#ids = nodeIds(nodes);
    const of = { ns_id: NS, cluster_id: clusterId };
    this.#execute({ type: 'ApplyClusterSpec', data: { spec: specOf(clusterId, nodes) } }, 'cycle');
    this.#execute(
      {
        type: 'RecordDiscovery',
        data: {
          ...of,
          platform: { ns_id: NS, name: 'bench' },
          observed: {
            cluster_id: clusterId,
            nodes: this.#ids.map(node_id => ({
              node_id,
              agent_address: `http://${node_id}`,
              node_class: 'small',
              node_group: 'main',
            })),
          },
          began_at: new Date(this.#nowMs).toISOString(),
          interval_seconds: 10,
        },
      },
      'discovery:bench',
    );
  }

  /** Begin, observe, decide, fold; answers milliseconds of CPU of the decision and the fold of what it decided. */
  cycle(change?: string): { readonly ms: number; readonly events: number } {
    const of = { ns_id: NS, cluster_id: this.clusterId };
    const begun = this.#execute(
      { type: 'BeginCycle', data: { ...of, cycle_id: `cycle-${this.#commands}` } },
      'cycle',
    );
    if (begun.kind !== 'cycle_plan') throw new Error(`BeginCycle answered ${begun.kind}`);
    const { plan } = begun;
    const answers = this.#ids.map((id, n) => healthyAnswers(this.clusterId, id, n === 0, this.#nowMs));
    const nodes = change === undefined ? answers : answers.map(answer => changed(answer, change));
    const before = this.#revision;
    const cpu = process.cpuUsage();
    this.#execute(
      {
        type: 'SubmitObservation',
        data: {
          ...of,
          act_within_ms: 5_000,
          observation: {
            cycle_id: plan.cycle_id,
            observer: 'bench',
            spec_revision: plan.spec_revision,
            cycle_age_ms: 10,
            nodes,
          },
        },
      },
      'cycle',
    );
    const { user, system } = process.cpuUsage(cpu);
    this.#nowMs += 10_000;
    return { ms: (user + system) / 1_000, events: this.#revision - before };
  }

  #execute(command: ClusterCommand, work: string): ClusterAnswer {
    this.#commands += 1;
    const commandId = `command-${this.#commands}`;
    const metadata = {
      commandId,
      correlationId: commandId,
      actor: { kind: 'system', component: 'bench', verified: true } as const,
      now: new Date(this.#nowMs).toISOString(),
      lease: lease(work),
    };
    const eventId = (index: number): string => `${commandId}/${index}`;
    const context: ClusterContext = {
      revision: this.#revision,
      namespace: { status: 'known', namespace: NAMESPACE },
      namespaceRevision: 0,
      platform: null,
      platformRevision: null,
      deriveId: name => `${commandId}:${name}`,
      eventId,
    };
    const decision = clusterDecider.decide({ command, metadata }, this.state, context);
    if (!decision.accepted) throw new Error(`${command.type}: ${decision.rejection.message}`);
    const events = decision.events.map(({ type, data }, index) => ({
      event: { type, data },
      id: eventId(index),
      streamId: `cluster-${NS}:${this.clusterId}`,
      revision: this.#revision + 1 + index,
      metadata: { ...metadata, recordedAt: metadata.now },
    })) as unknown as EventEnvelope<ClusterEvent>[];
    this.#revision += events.length;
    const { fold, evolve } = clusterDecider;
    this.state = fold ? fold(this.state, events) : events.reduce(evolve, this.state);
    return decision.answer;
  }
}

const NAMESPACE = {
  id: NS,
  status: 'Active',
  tls: { ca_bundle: null },
  settings: { orchestrate: { max_naction_schedule_attempts: 5 } },
  agents: { token: null },
} as const;

function changed(answer: NodeObservation, note: string): NodeObservation {
  if (!answer.node.ok) return answer;
  const { value } = answer.node;
  return { ...answer, node: { ok: true, value: { ...value, attributes: { ...value.attributes, note } } } };
}
