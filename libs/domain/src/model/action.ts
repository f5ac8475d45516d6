import type { Json } from '@replicante/kernel';

export const NODE_ACTION_PHASES = [
  'PENDING_APPROVE',
  'PENDING_SCHEDULE',
  'NEW',
  'RUNNING',
  'DONE',
  'FAILED',
  'CANCELLED',
  'LOST',
] as const;
export type NodeActionPhase = (typeof NODE_ACTION_PHASES)[number];

export const ORCHESTRATOR_ACTION_STATES = [
  'PENDING_APPROVE',
  'PENDING_SCHEDULE',
  'RUNNING',
  'DONE',
  'FAILED',
  'CANCELLED',
] as const;
export type OrchestratorActionState = (typeof ORCHESTRATOR_ACTION_STATES)[number];

const FINAL: ReadonlySet<string> = new Set(['DONE', 'FAILED', 'CANCELLED', 'LOST']);
export const isFinal = (phase: NodeActionPhase | OrchestratorActionState): boolean => FINAL.has(phase);

/** Action executed by an agent on one node (upstream: NAction; domain-reference §2.9). */
export interface NodeAction {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly node_id: string;
  readonly action_id: string;
  readonly args: Json;
  readonly created_time: string;
  /** Non-null ⇔ finished. */
  readonly finished_time: string | null;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** When the agent recorded it. */
  readonly scheduled_time: string | null;
  readonly state: { readonly phase: NodeActionPhase; readonly error: Json; readonly payload: Json };
}

/** Action executed inside Core for a cluster (upstream: OAction; domain-reference §2.10). */
export interface OrchestratorAction {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly action_id: string;
  readonly args: Json;
  readonly created_ts: string;
  readonly finished_ts: string | null;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** First handler invocation. */
  readonly scheduled_ts: string | null;
  readonly state: OrchestratorActionState;
  /** Memory of the handler between invocations. */
  readonly state_payload: Json;
  readonly state_payload_error: Json;
  /** `null`: the handler's default. */
  readonly timeout: { readonly secs: number; readonly nanos: number } | null;
}

/** Keys of an action's `metadata` that name the rule behind an action of ours. */
export const ACTION_ORIGIN = { rule: 'replicante.io/rule', subject: 'replicante.io/subject' } as const;

export const AGENT_CLUSTER_INIT = 'agent.replicante.io/cluster.init';
export const AGENT_CLUSTER_ADD = 'agent.replicante.io/cluster.add';
export const AGENT_CLUSTER_JOIN = 'agent.replicante.io/cluster.join';
export const PLATFORM_PROVISION = 'core.replicante.io/platform.provision';
