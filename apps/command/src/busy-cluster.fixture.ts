import type { Tools } from '@replicante/command-handling';
import type {
  AgentNode,
  AttemptOutcome,
  ClusterAnswer,
  ClusterCommand,
  ClusterSpec,
  Instruction,
  NodeObservation,
} from '@replicante/domain';
import { memoryEventStore } from '@replicante/event-store-memory';
import type { CommandMetadata } from '@replicante/kernel';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { v7 } from 'uuid';
import { aggregates } from './aggregates.js';
import { tools } from './tools.js';

const of = { ns_id: 'ns', cluster_id: 'busy' } as const;
const DOWN = { ok: false, kind: 'unreachable', error: { error_msg: 'connection refused' } } as const;
const STATUSES = ['HEALTHY', 'HEALTHY', 'NOT_IN_CLUSTER', 'UNHEALTHY', 'JOINING_CLUSTER'] as const;

const specOf = (count: number): ClusterSpec => ({
  ...of,
  active: true,
  interval: 10,
  platform: { ns_id: null, name: 'local' },
  declaration: {
    active: true,
    approval: 'granted',
    definition: {
      cluster_id: 'busy',
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

/** A cluster's history as workers and people make it, by real commands over hours and days; each number decides a step. */
export class BusyCluster {
  readonly store = memoryEventStore();
  readonly stream = clusterStream(of.ns_id, of.cluster_id);
  readonly commandIds: string[] = [];
  readonly #clock = { nowMs: Date.UTC(2026, 0, 1), monotonicMs: 0 };
  readonly tools: Tools = {
    ...tools,
    clock: { wallMs: () => this.#clock.nowMs, monotonicMs: () => (this.#clock.monotonicMs += 1) },
    wait: () => Promise.resolve(),
  };
  readonly #handled = aggregates({ store: this.store, tools: this.tools, observer: {} });
  readonly #nodes = ['a', 'b', 'c d', '__proto__'];
  readonly #actions: string[] = [];
  readonly #instructions: Instruction[] = [];
  #token = 1;

  static async of(steps: readonly number[]): Promise<BusyCluster> {
    const busy = new BusyCluster();
    await busy.#begin();
    for (const step of steps) await busy.#step(step);
    return busy;
  }

  async #begin(): Promise<void> {
    const { namespaces, platforms } = this.#handled;
    await namespaces.handle({
      streamId: namespaceStream('ns'),
      command: {
        type: 'ApplyNamespace',
        data: {
          namespace: {
            id: 'ns',
            status: 'Active',
            tls: { ca_bundle: null },
            settings: { orchestrate: { max_naction_schedule_attempts: 2 } },
            agents: { token: null },
          },
        },
      },
      metadata: this.#metadata(),
    });
    const url = { base_url: 'http://p/', tls_ca_bundle: null, tls_insecure_skip_verify: false, token: null };
    await platforms.handle({
      streamId: platformStream('ns', 'local'),
      command: {
        type: 'ApplyPlatform',
        data: { platform: { ns_id: 'ns', name: 'local', active: true, discovery: { interval: 10 }, url } },
      },
      metadata: this.#metadata(),
    });
    await this.#do({ type: 'ApplyClusterSpec', data: { spec: specOf(3) } });
  }

  async #step(n: number): Promise<void> {
    const detail = Math.floor(n / 8);
    switch (n % 8) {
      case 0:
        return void (await this.#do({ type: 'ApplyClusterSpec', data: { spec: specOf(2 + (detail % 4)) } }));
      case 1:
        return this.#discover(detail);
      case 2: {
        const action_id = `action-${this.#actions.push('') - 1}`;
        this.#actions[this.#actions.length - 1] = action_id;
        const node_id = this.#nodes[detail % this.#nodes.length] ?? 'a';
        const action = { ...of, node_id, action_id, args: { detail }, kind: 'agent.x/y', metadata: {} };
        const approval = detail % 3 === 0 ? 'required' : 'granted';
        return void (await this.#do({ type: 'CreateNodeAction', data: { action, approval } }));
      }
      case 3: {
        const type =
          (['ApproveAction', 'RejectAction', 'CancelAction'] as const)[detail % 3] ?? 'CancelAction';
        const action_id = this.#actions[detail % Math.max(1, this.#actions.length)] ?? 'none';
        return void (await this.#do({ type, data: { ...of, action_id } }));
      }
      case 4:
        return this.#outcome(detail);
      case 5:
        // Ten minutes, or more than the window in which commands are remembered.
        this.#clock.nowMs += detail % 7 === 0 ? 26 * 3_600_000 : 600_000;
        if (detail % 5 === 0) this.#token += 1;
        return;
      default:
        return this.#cycle(detail);
    }
  }

  #metadata(work?: string): Omit<CommandMetadata, 'now'> {
    const commandId = v7({ msecs: this.#clock.nowMs });
    this.commandIds.push(commandId);
    return {
      commandId,
      correlationId: commandId,
      actor: { kind: 'system', component: 'test', verified: true },
      ...(work && { lease: { work, epoch: 1, token: this.#token, holder: `h${this.#token}` } }),
    };
  }

  async #do(command: ClusterCommand, work?: string): Promise<ClusterAnswer | undefined> {
    this.#clock.nowMs += 1_000;
    const metadata = this.#metadata(work);
    const result = await this.#handled.clusters.handle({ streamId: this.stream, command, metadata });
    return result.accepted ? result.answer : undefined;
  }

  async #discover(detail: number): Promise<void> {
    const nodes = this.#nodes
      .filter((_, index) => ((detail >> index) & 1) === 0)
      .map(node_id => ({
        node_id,
        agent_address: 'http://127.0.0.1:1',
        node_class: 'small',
        node_group: 'main',
      }));
    await this.#do(
      {
        type: 'RecordDiscovery',
        data: {
          ...of,
          platform: { ns_id: 'ns', name: 'local' },
          observed: { cluster_id: 'busy', nodes },
          began_at: new Date(this.#clock.nowMs).toISOString(),
          interval_seconds: 10,
        },
      },
      'discovery:local',
    );
  }

  async #cycle(detail: number): Promise<void> {
    const begun = await this.#do(
      { type: 'BeginCycle', data: { ...of, cycle_id: `cycle-${detail}` } },
      'cycle',
    );
    if (begun?.kind !== 'cycle_plan') return;
    const { cycle_id, spec_revision, nodes } = begun.plan;
    const answer = await this.#do(
      {
        type: 'SubmitObservation',
        data: {
          ...of,
          act_within_ms: 5_000,
          observation: {
            cycle_id,
            observer: 'worker-1',
            spec_revision,
            cycle_age_ms: 10,
            nodes: nodes.map(({ node_id }, index) => this.#seen(node_id, detail + index)),
          },
        },
      },
      'cycle',
    );
    if (answer?.kind === 'cycle_verdict') this.#instructions.push(...answer.verdict.instructions);
  }

  #seen(node_id: string, detail: number): NodeObservation {
    const base = { node_id, age_ms: 5 };
    if (detail % 11 === 0)
      return { ...base, node: DOWN, store: DOWN, shards: DOWN, queue: DOWN, finished: DOWN, actions: {} };
    const node: AgentNode = {
      address: { client: 'c', member: 'm' },
      agent_version: { checkout: '', number: '1', taint: '' },
      attributes: { 'ü $map': detail, fixed: null },
      node_id,
      node_status: STATUSES[detail % STATUSES.length] ?? 'HEALTHY',
      store_id: 'postgresql',
      store_version: { checkout: null, number: '18', extra: null },
    };
    const role = detail % 4 === 0 ? 'Primary' : 'Secondary';
    const commit_offset = { unit: { unit: 'bytes' as const }, value: detail };
    return {
      ...base,
      node: { ok: true, value: node },
      store: { ok: true, value: { cluster_id: 'busy', attributes: { store_identity: 'i' } } },
      shards: { ok: true, value: [{ id: 's', role, commit_offset, lag: null }] },
      queue: { ok: true, value: [] },
      finished: { ok: true, value: [] },
      actions: Object.fromEntries(
        this.#actions.map(id => [
          id,
          {
            ok: true,
            value: {
              args: null,
              created_time: '2026-01-01T00:00:00.000Z',
              finished_time: '2026-01-01T00:00:01.000Z',
              id,
              kind: 'agent.x/y',
              metadata: {},
              scheduled_time: '2026-01-01T00:00:00.500Z',
              state: { error: null, payload: { detail }, phase: detail % 2 === 0 ? 'DONE' : 'FAILED' },
            },
          },
        ]),
      ),
    };
  }

  async #outcome(detail: number): Promise<void> {
    const instruction = this.#instructions.shift();
    if (instruction === undefined) return;
    const results: readonly AttemptOutcome[] =
      instruction.kind === 'provision'
        ? [
            { kind: 'provision', result: 'accepted', count: 1, node_ids: null },
            { kind: 'provision', result: 'unknown', error: { error_msg: 'silence' } },
          ]
        : [
            { kind: 'node_action', result: 'accepted' },
            { kind: 'node_action', result: 'failed', error: { error_msg: 'refused' } },
          ];
    const outcome = results[detail % 2];
    if (outcome)
      await this.#do(
        { type: 'RecordOutcome', data: { ...of, attempt_id: instruction.attempt_id, outcome } },
        'cycle',
      );
  }
}
