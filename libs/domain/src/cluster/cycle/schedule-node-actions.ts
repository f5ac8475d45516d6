import type { NodeAction } from '../../model/action.js';
import { AGENT_CLUSTER_INIT } from '../../model/action.js';
import type { Fact } from '../../model/decision.js';
import type { ClusterEvent } from '../events.js';
import type { OpenNodeAction } from '../state.js';
import { ruleKey } from '../state.js';
import type { Verdict } from '../verdict.js';
import type { Cycle } from './cycle.js';
import { notAfter } from './cycle.js';

const RULE = { id: 'node-action-schedule', version: 1 };

const isOnAgent = ({ state: { phase } }: NodeAction): boolean => phase === 'NEW' || phase === 'RUNNING';

/**
 * First unfinished action by creation, then id; at most one per node is sent in a cycle (domain-reference §7.4). What is
 * on the agent comes first: it has the times of the agent's clock, which orders nothing here (safety.md §11).
 */
function heads(cycle: Cycle): ReadonlyMap<string, OpenNodeAction> {
  const first = new Map<string, OpenNodeAction>();
  const before = (a: NodeAction, b: NodeAction): boolean => {
    if (isOnAgent(a) !== isOnAgent(b)) return isOnAgent(a);
    return a.created_time === b.created_time ? a.action_id < b.action_id : a.created_time < b.created_time;
  };
  for (const open of cycle.recorder.state.nodeActions.values()) {
    const present = first.get(open.action.node_id);
    if (!present || before(open.action, present.action)) first.set(open.action.node_id, open);
  }
  return first;
}

const instruct = (
  cycle: Cycle,
  { action }: OpenNodeAction,
  attemptId: string,
  agentAddress: string,
): void => {
  cycle.instructions.push({
    kind: 'send_node_action',
    attempt_id: attemptId,
    not_after_ms: cycle.actWithinMs,
    node_id: action.node_id,
    agent_address: agentAddress,
    request: {
      id: action.action_id,
      kind: action.kind,
      args: action.args,
      created_time: action.created_time,
      metadata: action.metadata,
    },
  });
};

/** Why the head must wait; `null` when it may be sent. `running`: orchestrator actions in the pre-sync view. */
function obstacle(
  cycle: Cycle,
  { action, dispatch }: OpenNodeAction,
  running: readonly string[],
): (Pick<Verdict, 'outcome' | 'reason' | 'message'> & Partial<Verdict>) | null {
  const nodeId = action.node_id;
  const { state } = cycle.recorder;
  const waitsOn = [action.action_id];
  const hold = (reason: Verdict['reason'], message: string) => ({
    outcome: 'hold' as const,
    reason,
    message,
    waitsOn,
  });

  switch (action.state.phase) {
    case 'PENDING_APPROVE':
      return hold('WAITS_FOR_APPROVAL', `${action.kind} on ${nodeId} waits for approval`);
    case 'NEW':
    case 'RUNNING':
      return hold('ACTION_ON_AGENT', `${action.kind} is on the agent of ${nodeId}`);
    default:
  }
  if (cycle.mode !== 'sync')
    return {
      ...hold(
        cycle.mode === 'observe' ? 'OBSERVE_MODE' : 'DELETE_MODE',
        `${action.kind} on ${nodeId} is not sent`,
      ),
      outcome: 'suppress',
    };
  if (running.length > 0)
    return {
      ...hold('ORCHESTRATOR_ACTION_RUNNING', `${action.kind} on ${nodeId} waits for an orchestrator action`),
      waitsOn: [...running, action.action_id],
    };
  const seen = cycle.seen.get(nodeId);
  if (state.nodes.get(nodeId)?.quarantine)
    return { ...hold('IDENTITY_MISMATCH', `${nodeId} is quarantined`), outcome: 'reject' };
  if (!seen || (!seen.node.ok && seen.node.kind === 'not_polled'))
    return hold('NODE_NOT_POLLED', `${nodeId} was not polled in this cycle`);
  if (!seen.node.ok || !cycle.actionsKnown.has(nodeId))
    return hold('NODE_NOT_ANSWERING', `The agent of ${nodeId} does not answer`);
  // Sent only to a node whose node id *and* cluster id in this cycle's answers match the record (safety.md §5).
  if (state.identity !== null && !seen.store.ok)
    return hold('FACTS_MISSING', `${nodeId} does not say to which cluster its store belongs`);
  if (
    action.kind === AGENT_CLUSTER_INIT &&
    (state.everMember || (state.initAction ?? action.action_id) !== action.action_id)
  )
    return { ...hold('ALREADY_INITIALISED', `The cluster was initialised before`), outcome: 'reject' };
  if (dispatch?.outcome === 'open' && cycle.recorder.nowMs <= Date.parse(dispatch.not_after))
    return hold('ATTEMPT_IN_FLIGHT', `${action.kind} was sent to ${nodeId}; its outcome is not known yet`);
  return null;
}

/** An init that may never be sent ends as FAILED: left pending it would block its node until somebody cancels it. */
function refused(cycle: Cycle, { action, dispatch }: OpenNodeAction): ClusterEvent {
  return {
    type: 'cluster.NodeActionScheduleFailed.v1',
    data: {
      action: {
        ...action,
        finished_time: cycle.recorder.now,
        state: { ...action.state, phase: 'FAILED', error: { error_msg: 'ALREADY_INITIALISED' } },
      },
      attempt_id: dispatch?.attempt_id ?? cycle.context.deriveId(`refused ${action.action_id}`),
      late: false,
    },
  };
}

function dispatch(cycle: Cycle, head: OpenNodeAction, facts: readonly Fact[]): void {
  const { action } = head;
  const { recorder } = cycle;
  const member = recorder.state.members.get(action.node_id);
  if (!member) return;
  const attempt = (head.dispatch?.attempt ?? 0) + 1;
  const attemptId = cycle.context.deriveId(`attempt ${action.action_id} ${attempt}`);
  recorder.record(RULE, {
    subject: `node:${action.node_id}`,
    outcome: 'act',
    reason: 'ACTION_DISPATCHED',
    message: `${action.kind} is sent to the agent of ${action.node_id}, attempt ${attempt}`,
    facts,
    waitsOn: [action.action_id],
    events: [
      {
        type: 'cluster.NodeActionDispatched.v1',
        data: {
          ns_id: action.ns_id,
          cluster_id: action.cluster_id,
          node_id: action.node_id,
          action_id: action.action_id,
          kind: action.kind,
          attempt_id: attemptId,
          attempt,
          not_after: notAfter(cycle),
        },
      },
    ],
  });
  instruct(cycle, head, attemptId, member.discovered.agent_address);
}

/** Sends the first unfinished action of each node, if nothing stands against it; says why when something does. */
export function scheduleNodeActions(cycle: Cycle, runningBefore: readonly string[]): void {
  const { recorder } = cycle;
  const first = heads(cycle);
  const subjects = new Set([
    ...recorder.state.members.keys(),
    ...first.keys(),
    ...[...recorder.state.decisions.values()]
      .filter(d => d.rule === RULE.id)
      .map(d => d.subject.slice('node:'.length)),
  ]);
  for (const nodeId of subjects) {
    const subject = `node:${nodeId}`;
    const head = first.get(nodeId);
    const facts: readonly Fact[] = head
      ? [
          {
            name: `action:${head.action.action_id}.kind`,
            value: head.action.kind,
            observer: 'state',
            age_ms: null,
          },
          {
            name: `action:${head.action.action_id}.phase`,
            value: head.action.state.phase,
            observer: 'state',
            age_ms: null,
          },
        ]
      : [];
    if (!head) {
      // Said only where an action was: a node that never had one needs no decision about it.
      if (recorder.state.decisions.has(ruleKey(RULE.id, subject)))
        recorder.record(RULE, {
          subject,
          outcome: 'hold',
          reason: 'NOTHING_TO_SCHEDULE',
          message: `${nodeId} has no unfinished action`,
          facts,
        });
      continue;
    }
    const why = obstacle(cycle, head, runningBefore);
    if (why?.reason === 'ALREADY_INITIALISED')
      recorder.record(RULE, { subject, facts, ...why, events: [refused(cycle, head)] });
    else if (why) recorder.record(RULE, { subject, facts, ...why });
    else dispatch(cycle, head, facts);
  }
}
