import type { Json } from '@replicante/kernel';
import type { NodeAction, OrchestratorAction } from '../../model/action.js';
import { ACTION_ORIGIN } from '../../model/action.js';
import type { ClusterSpec } from '../../model/cluster-spec.js';
import type { Fact } from '../../model/decision.js';
import type { Node } from '../../model/node.js';
import type { Shard } from '../../model/shard.js';
import type { ClusterContext } from '../context.js';
import type { ClusterEvent } from '../events.js';
import type { ClusterState, Member } from '../state.js';
import { ruleKey } from '../state.js';
import type { Verdict } from '../verdict.js';

/** A member as the rules see it in this cycle. */
export interface NodeView {
  readonly id: string;
  readonly member: Member;
  readonly node: Node;
  readonly quarantine: string | null;
  /** Its record rests; `shards` are what it says now. */
  readonly flapping: boolean;
  readonly shards: readonly Shard[];
  /** `null`: not polled in this cycle, or too long ago: a missing fact is a stale one (safety.md §11). */
  readonly age_ms: number | null;
  readonly observer: string;
}

/**
 * What convergence rules decide on: the state after the cycle's sync, and the actions that were unfinished before the
 * first rule ran (actions created by an earlier rule of the same cycle do not count; domain-reference §9.5).
 */
export interface RuleView {
  readonly spec: ClusterSpec;
  readonly now: string;
  readonly nowMs: number;
  readonly state: ClusterState;
  readonly nodes: readonly NodeView[];
  readonly openNodeActions: readonly NodeAction[];
  readonly openOrchestratorActions: readonly OrchestratorAction[];
  readonly context: ClusterContext;
}

/** One file per rule: id, version, when it applies, what it decides, why. */
export interface Rule {
  readonly id: string;
  readonly version: number;
  /** One sentence for `explain`. */
  readonly purpose: string;
  /** One verdict per subject; never none: doing nothing is a decision too. */
  readonly decide: (view: RuleView) => readonly Verdict[];
}

export const FAILURES_BEFORE_HOLD = 3;

/** Why the rule must not try this subject again by itself; `null` when it may. */
export function restraint(
  { state }: RuleView,
  rule: string,
  subject: string,
): { readonly reason: 'REJECTED_BY_PERSON' | 'REPEATED_FAILURE'; readonly why: string } | null {
  const key = ruleKey(rule, subject);
  if (state.rejected.has(key)) return { reason: 'REJECTED_BY_PERSON', why: 'was rejected by a person' };
  if ((state.failures.get(key) ?? 0) >= FAILURES_BEFORE_HOLD)
    return { reason: 'REPEATED_FAILURE', why: `failed ${FAILURES_BEFORE_HOLD} times in a row` };
  return null;
}

/** Seconds of grace left; 0 when none is running. `timings_seconds` overrides the minutes. */
export function graceLeft(view: RuleView, rule: string, minutes: number, seconds: number | null): number {
  const start = view.state.graces.get(rule);
  if (start === undefined) return 0;
  const until = Date.parse(start) + (seconds ?? minutes * 60) * 1000;
  return Math.max(0, (until - view.nowMs) / 1000);
}

export const specFact = (name: string, value: Json): Fact => ({
  name,
  value,
  observer: 'spec',
  age_ms: null,
});
export const stateFact = (name: string, value: Json): Fact => ({
  name,
  value,
  observer: 'state',
  age_ms: null,
});
export const statusFact = (n: NodeView): Fact => ({
  name: `node:${n.id}.status`,
  value: n.age_ms === null ? 'NOT_POLLED' : statusText(n.node),
  observer: n.observer,
  age_ms: n.age_ms,
});
export const statusText = (node: Node): string =>
  typeof node.node_status === 'object' ? `UNKNOWN (${node.node_status.UNKNOWN})` : node.node_status;

/** A member that may be a target and may be counted: seen in this cycle, itself, healthy. */
export const inService = (n: NodeView): boolean =>
  n.age_ms !== null && n.quarantine === null && n.node.node_status === 'HEALTHY';

const origin = (rule: string, subject: string): Readonly<Record<string, string>> => ({
  [ACTION_ORIGIN.rule]: rule,
  [ACTION_ORIGIN.subject]: subject,
});

/** An action that convergence creates on a node; its approval is the declaration's. */
export function createNodeAction(
  view: RuleView,
  what: { rule: string; subject: string; nodeId: string; kind: string; args: Json },
): { event: ClusterEvent; action: NodeAction } {
  const { spec } = view;
  const action: NodeAction = {
    ns_id: spec.ns_id,
    cluster_id: spec.cluster_id,
    node_id: what.nodeId,
    action_id: view.context.deriveId(`${what.rule} ${what.subject}`),
    args: what.args,
    created_time: view.now,
    finished_time: null,
    kind: what.kind,
    metadata: origin(what.rule, what.subject),
    scheduled_time: null,
    state: {
      phase: spec.declaration.approval === 'required' ? 'PENDING_APPROVE' : 'PENDING_SCHEDULE',
      error: null,
      payload: null,
    },
  };
  return { event: { type: 'cluster.NodeActionCreated.v1', data: { action } }, action };
}

export function createOrchestratorAction(
  view: RuleView,
  what: { rule: string; subject: string; kind: string; args: Json },
): { event: ClusterEvent; action: OrchestratorAction } {
  const { spec } = view;
  const action: OrchestratorAction = {
    ns_id: spec.ns_id,
    cluster_id: spec.cluster_id,
    action_id: view.context.deriveId(`${what.rule} ${what.subject}`),
    args: what.args,
    created_ts: view.now,
    finished_ts: null,
    kind: what.kind,
    metadata: origin(what.rule, what.subject),
    scheduled_ts: null,
    state: spec.declaration.approval === 'required' ? 'PENDING_APPROVE' : 'PENDING_SCHEDULE',
    state_payload: null,
    state_payload_error: null,
    timeout: null,
  };
  return { event: { type: 'cluster.OrchestratorActionCreated.v1', data: { action } }, action };
}
