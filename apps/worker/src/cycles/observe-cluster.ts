import type { AgentConnections } from '@replicante/agent-protocol';
import type { CycleObservation, CyclePlan } from '@replicante/domain';
import type { SecretReference } from '@replicante/service';
import type { AgentLanes } from './agent-lanes.js';
import { notPolled } from './answers.js';
import { pollNode, unseen } from './poll-node.js';
import type { SeenNode } from './poll-node.js';

export interface ObserverOptions {
  readonly connections: Pick<AgentConnections, 'client'>;
  readonly lanes: AgentLanes;
  readonly worker: string;
  readonly agentTimeoutMs: number;
  readonly secret: (reference: SecretReference) => Promise<string>;
  readonly monotonicMs: () => number;
}

/** What one cycle saw; `document` tells ages as of the moment that it is called, right before it is sent. */
export interface Observed {
  document(): CycleObservation;
}

/** Of the interval: the rest is for deciding and acting. */
const SHARE_OF_INTERVAL = 0.6;

/** Asks all agents of a cluster at once, bounded by the lanes. Decides nothing. */
export class ObserveCluster {
  constructor(private readonly options: ObserverOptions) {}

  /** `begunMs`: when BeginCycle was answered, monotonic. `withinMs`: what the lease leaves for looking. */
  async observe(plan: CyclePlan, begunMs: number, withinMs: number, signal: AbortSignal): Promise<Observed> {
    const { monotonicMs, worker } = this.options;
    const token = await this.#token(plan);
    const endMs = monotonicMs() + withinMs;
    const nodes = await Promise.all(plan.nodes.map(node => this.#look(plan, node, token, endMs, signal)));
    return {
      document: () => {
        const nowMs = monotonicMs();
        return {
          cycle_id: plan.cycle_id,
          observer: worker,
          spec_revision: plan.spec_revision,
          cycle_age_ms: Math.max(0, Math.round(nowMs - begunMs)),
          nodes: nodes.map(({ atMs, observation }) => ({
            ...observation,
            age_ms: Math.max(0, Math.round(nowMs - atMs)),
          })),
        };
      },
    };
  }

  async #look(
    plan: CyclePlan,
    node: CyclePlan['nodes'][number],
    token: { readonly value?: string; readonly fault?: string },
    endMs: number,
    signal: AbortSignal,
  ): Promise<SeenNode> {
    const { connections, lanes, agentTimeoutMs, monotonicMs } = this.options;
    const skipped = (why: string): SeenNode => unseen(node.node_id, monotonicMs(), notPolled(why));
    if (token.fault !== undefined) return skipped(token.fault);
    const intervalMs = plan.interval_seconds * 1_000;
    const perAgentMs = Math.min(agentTimeoutMs, intervalMs * SHARE_OF_INTERVAL);
    const client = connections.client({
      address: node.agent_address,
      ...(plan.ca_bundle === null ? {} : { caBundle: plan.ca_bundle }),
      ...(token.value === undefined ? {} : { token: token.value }),
    });
    const polled = lanes.poll(node.agent_address, intervalMs, async () => {
      // It may have waited for its turn: what is left of the cycle counts now.
      const leftMs = endMs - monotonicMs();
      if (signal.aborted || leftMs < perAgentMs / 4) return skipped('no time was left in this cycle');
      return pollNode(client, {
        nodeId: node.node_id,
        actionIds: node.action_ids,
        withinMs: Math.min(perAgentMs, leftMs),
        signal,
        monotonicMs,
      });
    });
    return (
      polled ??
      skipped(`asked less often, for it did not answer lately: ${lanes.faultOf(node.agent_address)}`)
    );
  }

  /** Read when used, kept nowhere (safety.md §13). Unreadable: nobody is asked, and the report says why. */
  async #token({ agent_token }: CyclePlan): Promise<{ readonly value?: string; readonly fault?: string }> {
    if (agent_token === null) return {};
    try {
      return { value: await this.options.secret(agent_token) };
    } catch (error) {
      return {
        fault: `the namespace's agent token: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
}
