import { sameJson } from '@replicante/kernel';
import type { NodeAction } from '../../model/action.js';
import { isFinal } from '../../model/action.js';
import type { AgentActionExecution, NodeObservation } from '../../model/observation.js';
import type { ErrorDocument, ReportNote } from '../../model/report.js';
import type { OpenNodeAction } from '../state.js';
import type { Cycle } from './cycle.js';

const PROGRESS_EVERY_MS = 30_000;
/** Imported actions that an agent may deny again before no more are imported from it, until the spec changes. */
const MAX_DENIALS = 5;

const emit = (cycle: Cycle, action: NodeAction, imported: boolean): void => {
  cycle.recorder.emit({ type: 'cluster.NodeActionSynced.v1', data: { action, imported } });
};

const note = (
  message: string,
  nodeId: string,
  actionId: string | null,
  details: ErrorDocument,
): ReportNote => ({
  category: 'Error',
  message,
  data: { node_id: nodeId, ...(actionId === null ? {} : { action_id: actionId }), details: { ...details } },
});

/** Notes on one node's actions at most: an agent may list thousands that it then cannot show. */
const MAX_NOTES = 20;

/** What of the node's actions could not be read, or is no longer believed. */
export function actionNotes(cycle: Cycle, seen: NodeObservation): readonly ReportNote[] {
  const { node_id } = seen;
  const why = `its agent listed ${MAX_DENIALS} actions and then denied to have them`;
  const denied = (cycle.recorder.state.denials.get(node_id) ?? 0) >= MAX_DENIALS;
  return [
    ...unreadable(seen),
    ...(denied ? [note('Actions of node are not imported', node_id, null, { error_msg: why })] : []),
  ];
}

function unreadable({ node_id, queue, finished, actions }: NodeObservation): readonly ReportNote[] {
  const failed = queue.ok ? finished : queue;
  if (!failed.ok)
    return failed.kind === 'not_polled'
      ? []
      : [note('Node processing interrupted early', node_id, null, failed.error)];
  return Object.entries(actions)
    .flatMap(([id, answer]) =>
      answer.ok || answer.kind === 'not_polled'
        ? []
        : [note('Skipped node action sync for node', node_id, id, answer.error)],
    )
    .slice(0, MAX_NOTES);
}

/** The agent's copy wins in everything but what only Core knows (domain-reference §7.2). */
function fromAgent(cycle: Cycle, nodeId: string, agent: AgentActionExecution): NodeAction {
  const finished = isFinal(agent.state.phase);
  return {
    ns_id: cycle.spec.ns_id,
    cluster_id: cycle.spec.cluster_id,
    node_id: nodeId,
    action_id: agent.id,
    args: agent.args,
    created_time: agent.created_time,
    finished_time: finished ? (agent.finished_time ?? cycle.recorder.now) : null,
    kind: agent.kind,
    metadata: agent.metadata,
    scheduled_time: agent.scheduled_time,
    state: agent.state,
  };
}

/**
 * What an agent said of an action once stays: only its state goes on, and never back. An agent that tells other times,
 * arguments or an earlier phase at each poll would append an event at each. `null`: it goes back.
 */
function asKnown(known: NodeAction, copy: NodeAction): NodeAction | null {
  if (known.state.phase === 'RUNNING' && copy.state.phase === 'NEW') return null;
  const { args, created_time, kind, metadata, scheduled_time } = known;
  return scheduled_time === null ? copy : { ...copy, args, created_time, kind, metadata, scheduled_time };
}

function syncOne(cycle: Cycle, nodeId: string, id: string, agent: AgentActionExecution): void {
  const { state } = cycle.recorder;
  const open = state.nodeActions.get(id);
  const finished = state.finishedActions.get(id);
  // An id that belongs to another node, or to an orchestrator action: the agent's word does not reach that far.
  if (open && open.action.node_id !== nodeId) return;
  if (state.orchestratorActions.has(id)) return;
  if (!open && finished && !finished.importable) return;
  const copy = open ? asKnown(open.action, fromAgent(cycle, nodeId, agent)) : fromAgent(cycle, nodeId, agent);
  if (copy === null) return;
  if (!open && isFinal(copy.state.phase)) return;
  if (!open && (state.denials.get(nodeId) ?? 0) >= MAX_DENIALS) return;
  if (open && (sameJson(open.action, copy) || isMereProgress(cycle, open, copy))) return;
  emit(cycle, copy, !open);
}

/** A copy that reports its bytes at every poll must not be an event per poll; the final payload always is one. */
function isMereProgress(cycle: Cycle, { action, recorded_at }: OpenNodeAction, copy: NodeAction): boolean {
  const { payload, error } = action.state;
  const withKnownPayload = { ...copy, state: { ...copy.state, payload, error } };
  const recentlyRecorded = cycle.recorder.nowMs - Date.parse(recorded_at) < PROGRESS_EVERY_MS;
  return recentlyRecorded && sameJson(action, withKnownPayload);
}

function lose(cycle: Cycle, action: NodeAction): void {
  emit(
    cycle,
    { ...action, finished_time: cycle.recorder.now, state: { ...action.state, phase: 'LOST' } },
    false,
  );
}

/**
 * Reconciles one node's actions with its agent (domain-reference §7.3, with its four defects mended). NEW and RUNNING
 * are LOST only when the agent itself answers that it does not have them.
 */
export function syncNodeActions(cycle: Cycle, seen: NodeObservation): void {
  const nodeId = seen.node_id;
  const { queue, finished } = seen;
  if (!queue.ok || !finished.ok) return;
  cycle.actionsKnown.add(nodeId);
  const queued = new Set(queue.value);
  for (const [id, answer] of Object.entries(seen.actions)) {
    const open = cycle.recorder.state.nodeActions.get(id);
    if (!answer.ok) {
      // What could not be read is carried over, and nothing new is sent to this node until it can be.
      if (open) cycle.actionsKnown.delete(nodeId);
      continue;
    }
    if (answer.value !== 'absent') {
      if (answer.value.id === id) syncOne(cycle, nodeId, id, answer.value);
      continue;
    }
    const phase = open?.action.state.phase;
    const onAgent = phase === 'RUNNING' || phase === 'NEW';
    if (open && open.action.node_id === nodeId && onAgent && !queued.has(id)) lose(cycle, open.action);
  }
}
