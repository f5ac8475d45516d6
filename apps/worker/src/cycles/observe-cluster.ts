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

/** For how long and under what a cycle looks. */
export interface Looking {
  /** When BeginCycle was answered, monotonic. */
  readonly begunMs: number;
  /** What the lease leaves for looking. */
  readonly withinMs: number;
  /** Of the cycle. */
  readonly signal: AbortSignal;
  /** Of its lease: agents that are asked apart are asked longer than the cycle lasts, but no longer than that. */
  readonly lost: AbortSignal;
}

interface Token {
  readonly value?: string;
  readonly fault?: string;
}

/** Of the interval: the rest is for deciding and acting. */
const SHARE_OF_INTERVAL = 0.6;

/** Asks all agents of a cluster at once, bounded by the lanes. Decides nothing. */
export class ObserveCluster {
  constructor(private readonly options: ObserverOptions) {}

  async observe(plan: CyclePlan, looking: Looking): Promise<Observed> {
    const { monotonicMs, worker } = this.options;
    const token = await this.#token(plan);
    const endMs = monotonicMs() + looking.withinMs;
    const nodes = await Promise.all(
      plan.nodes.map(node => this.#look(plan, node, token, { ...looking, endMs })),
    );
    return {
      document: () => {
        const nowMs = monotonicMs();
        return {
          cycle_id: plan.cycle_id,
          observer: worker,
          spec_revision: plan.spec_revision,
          cycle_age_ms: Math.max(0, Math.round(nowMs - looking.begunMs)),
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
    { node_id: nodeId, agent_address: address, action_ids: actionIds }: CyclePlan['nodes'][number],
    token: Token,
    { endMs, signal, lost }: Looking & { readonly endMs: number },
  ): Promise<SeenNode> {
    const { connections, lanes, agentTimeoutMs, monotonicMs } = this.options;
    const skipped = (why: string): SeenNode => unseen(nodeId, monotonicMs(), notPolled(why));
    if (token.fault !== undefined) return skipped(token.fault);
    const intervalMs = plan.interval_seconds * 1_000;
    const perAgentMs = Math.min(agentTimeoutMs, intervalMs * SHARE_OF_INTERVAL);
    const client = connections.client({
      address,
      ...(plan.ca_bundle === null ? {} : { caBundle: plan.ca_bundle }),
      ...(token.value === undefined ? {} : { token: token.value }),
    });
    const asked = { nodeId, actionIds, monotonicMs };
    const polled = await lanes.poll({ address, nodeId, intervalMs, lost }, async apart => {
      if (apart) return pollNode(client, { ...asked, withinMs: perAgentMs, signal: lost });
      // It may have waited for its turn: what is left of the cycle counts now.
      const leftMs = endMs - monotonicMs();
      if (signal.aborted || leftMs < perAgentMs / 4) return skipped('no time was left in this cycle');
      return pollNode(client, { ...asked, withinMs: Math.min(perAgentMs, leftMs), signal });
    });
    return (
      polled ??
      skipped(`asked apart from its cycles, for it did not answer lately: ${lanes.faultOf(address)}`)
    );
  }

  /** Read when used, kept nowhere (safety.md §13). Unreadable: nobody is asked, and the report says why. */
  async #token({ agent_token }: CyclePlan): Promise<Token> {
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
