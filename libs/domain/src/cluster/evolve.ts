import type { EventEnvelope } from '@replicante/kernel';
import { assertNever } from '@replicante/kernel';
import { ACTION_ORIGIN, AGENT_CLUSTER_INIT, isFinal } from '../model/action.js';
import type { NodeAction, OrchestratorAction } from '../model/action.js';
import type { DecisionRecord } from '../model/decision.js';
import type { ClusterDraft } from './draft.js';
import { closeDraft, openDraft } from './draft.js';
import { keepFinished } from './finished-actions.js';
import { changeExtras, changeNode, changeShards, flapNode, recordReport, removeNode } from './evolve-node.js';
import { CHANGES_KEPT } from './flapping.js';
import { REASONS } from './reasons.js';
import { reportKeys } from './report-keys.js';
import type { ClusterEvent, DecisionFlapping, DiscoveryRecorded, ProvisionSettled } from './events.js';
import type { ClusterState, Member } from './state.js';
import { attributeKey, ruleKey } from './state.js';

const SETTLED: ReadonlySet<string> = new Set(
  Object.entries(REASONS).flatMap(([code, { settled }]) => (settled ? [code] : [])),
);

/** A failure counts against (rule, subject) of the action's origin; a success clears it; a cancel says nothing. */
function settleOrigin(draft: ClusterDraft, metadata: Readonly<Record<string, string>>, phase: string): void {
  const rule = metadata[ACTION_ORIGIN.rule];
  const subject = metadata[ACTION_ORIGIN.subject];
  if (rule === undefined || subject === undefined) return;
  const key = ruleKey(rule, subject);
  if (phase === 'DONE') draft.failures.delete(key);
  if (phase === 'FAILED' || phase === 'LOST') draft.failures.set(key, (draft.failures.get(key) ?? 0) + 1);
}

/** A person said no: proposing the same again a second later would make their word worth nothing. */
function rejectOrigin(draft: ClusterDraft, metadata: Readonly<Record<string, string>>): void {
  const rule = metadata[ACTION_ORIGIN.rule];
  const subject = metadata[ACTION_ORIGIN.subject];
  if (rule !== undefined && subject !== undefined) draft.rejected.add(ruleKey(rule, subject));
}

/** An agent that lists actions and then denies to have them appends with each (`MAX_DENIALS`). */
function noteDenial(draft: ClusterDraft, { node_id, state: { phase } }: NodeAction): void {
  if (phase === 'LOST') draft.denials.set(node_id, (draft.denials.get(node_id) ?? 0) + 1);
  else draft.denials.delete(node_id);
}

function putNodeAction(draft: ClusterDraft, action: NodeAction, at: string, imported = false): void {
  const id = action.action_id;
  const { phase } = action.state;
  if (isFinal(phase)) {
    if (draft.nodeActions.get(id)?.imported) noteDenial(draft, action);
    draft.nodeActions.delete(id);
    // The agent may still hold what Core gave up on: it wins (domain-reference §7.1).
    const importable = phase === 'CANCELLED' || phase === 'LOST' || action.scheduled_time === null;
    keepFinished(draft.finishedActions, id, { phase, importable, at });
    settleOrigin(draft, action.metadata, phase);
    return;
  }
  draft.finishedActions.delete(id);
  draft.nodeActions.set(id, {
    action,
    recorded_at: at,
    dispatch: draft.nodeActions.get(id)?.dispatch ?? null,
    imported: imported || (draft.nodeActions.get(id)?.imported ?? false),
  });
}

function putOrchestratorAction(draft: ClusterDraft, action: OrchestratorAction, at: string): void {
  const id = action.action_id;
  if (!isFinal(action.state)) return void draft.orchestratorActions.set(id, action);
  draft.orchestratorActions.delete(id);
  keepFinished(draft.finishedActions, id, { phase: action.state, importable: false, at });
  settleOrigin(draft, action.metadata, action.state);
  for (const [attemptId, { action_id, outcome }] of draft.provisions) {
    if (action_id !== id || outcome === 'open' || outcome === 'unknown') continue;
    // Accepted, and given up before its node was seen: the node is still to come.
    if (outcome === 'accepted' && action.state !== 'DONE') continue;
    draft.provisions.delete(attemptId);
  }
}

function recordDiscovery(draft: ClusterDraft, { data }: DiscoveryRecorded): void {
  const members = new Map<string, Member>();
  for (const discovered of data.discovery.nodes)
    members.set(discovered.node_id, {
      discovered,
      // Told apart by NodeReappeared.
      absent: draft.members.get(discovered.node_id)?.absent ?? null,
    });
  for (const [id, member] of draft.members) if (!members.has(id)) members.set(id, member);
  draft.members = members;
  draft.discovery = data.discovery;
  draft.platform = data.platform;
}

function settleProvision(draft: ClusterDraft, { data }: ProvisionSettled): void {
  const attempt = draft.provisions.get(data.attempt_id);
  if (!attempt) return;
  const finished = !draft.orchestratorActions.has(data.action_id);
  // Accepted after its action was given up: the node is still to come, and a discovery tells.
  const over = finished && data.outcome !== 'unknown' && data.outcome !== 'accepted';
  if (over) draft.provisions.delete(data.attempt_id);
  else
    draft.provisions.set(data.attempt_id, {
      ...attempt,
      outcome: data.outcome,
      count: data.count,
      error: data.error,
    });
}

/** The grace of a rule begins with what it did, so that editing the graces takes effect at once. */
function recordDecision(draft: ClusterDraft, decision: DecisionRecord, at: string): void {
  const key = ruleKey(decision.rule, decision.subject);
  const before = draft.decisions.get(key);
  // What acts, or judges a new spec, goes on: only a rule that changes its mind about one thing flaps.
  const goesOn = decision.outcome === 'act' || before?.spec_revision !== decision.spec_revision;
  const changes =
    decision.outcome === 'act'
      ? []
      : [...(goesOn ? [] : before.changes), { at, reason: decision.reason }].slice(-CHANGES_KEPT);
  draft.decisions.set(key, {
    rule: decision.rule,
    rule_version: decision.rule_version,
    subject: decision.subject,
    outcome: decision.outcome,
    reason: decision.reason,
    spec_revision: decision.spec_revision,
    waits_on: decision.waits_on,
    settled: decision.settled,
    changes,
    flapping_since: null,
  });
  if (decision.outcome === 'act') draft.graces.set(decision.rule, at);
}

function recordFlapping(draft: ClusterDraft, { data }: DecisionFlapping, at: string): void {
  const key = ruleKey(data.rule, data.subject);
  const before = draft.decisions.get(key);
  // Between reasons that leave nothing to do there is nothing to do either.
  const settled = data.reasons.every(reason => SETTLED.has(reason));
  if (before) draft.decisions.set(key, { ...before, settled, flapping_since: at });
}

/** Changes the draft in place: for folds and decisions, which own theirs. */
export function applyEvent(
  draft: ClusterDraft,
  { event, revision, metadata }: EventEnvelope<ClusterEvent>,
): void {
  const at = metadata.recordedAt;
  switch (event.type) {
    case 'cluster.ClusterSpecApplied.v1':
      draft.spec = {
        status: event.data.synthetic ? 'synthetic' : 'declared',
        spec: event.data.spec,
        revision,
      };
      // A changed spec is a reason to try again what kept failing.
      draft.failures.clear();
      draft.rejected.clear();
      draft.denials.clear();
      return;
    case 'cluster.ClusterSpecDeleted.v1':
      draft.spec = { status: 'deleted', revision };
      return;
    case 'cluster.CycleRequested.v1':
      return;
    case 'cluster.LeaseTaken.v1':
      return void draft.leases.set(event.data.lease.work, event.data.lease);
    case 'cluster.DiscoveryRecorded.v1':
      return recordDiscovery(draft, event);
    case 'cluster.NodeAbsenceCounted.v1': {
      const { node_id, absences, since } = event.data;
      const member = draft.members.get(node_id);
      if (member) draft.members.set(node_id, { ...member, absent: { absences, since } });
      return;
    }
    case 'cluster.NodeReappeared.v1': {
      const member = draft.members.get(event.data.node_id);
      if (member) draft.members.set(event.data.node_id, { ...member, absent: null });
      return;
    }
    case 'cluster.NodeRemoved.v1':
      return removeNode(draft, event.data.node.node_id);
    case 'cluster.NodeChanged.v1':
      return changeNode(draft, event, at);
    case 'cluster.NodeFlapping.v1':
      return flapNode(draft, event, at);
    case 'cluster.StoreExtrasChanged.v1':
      return changeExtras(draft, event, at);
    case 'cluster.NodeShardsChanged.v1':
      return changeShards(draft, event, at);
    case 'cluster.StoreIdentityRecorded.v1':
      draft.identity = {
        store_cluster_id: event.data.store_cluster_id,
        store_identity: event.data.store_identity,
      };
      return;
    case 'cluster.AttributeDemoted.v1':
      return void draft.demoted.add(attributeKey(event.data.node_id, event.data.attribute));
    case 'cluster.NodeActionCreated.v1':
    case 'cluster.NodeActionApproved.v1':
    case 'cluster.NodeActionCancelled.v1':
      return putNodeAction(draft, event.data.action, at);
    case 'cluster.NodeActionSynced.v1':
      return putNodeAction(draft, event.data.action, at, event.data.imported);
    case 'cluster.NodeActionRejected.v1':
      rejectOrigin(draft, event.data.action.metadata);
      return putNodeAction(draft, event.data.action, at);
    case 'cluster.NodeActionDispatched.v1': {
      const { action_id, attempt_id, attempt, not_after, kind } = event.data;
      const open = draft.nodeActions.get(action_id);
      if (open)
        draft.nodeActions.set(action_id, {
          ...open,
          dispatch: { attempt_id, attempt, not_after, outcome: 'open' },
        });
      if (kind === AGENT_CLUSTER_INIT) draft.initAction = action_id;
      return;
    }
    case 'cluster.NodeActionScheduleFailed.v1': {
      putNodeAction(draft, event.data.action, at);
      const open = draft.nodeActions.get(event.data.action.action_id);
      if (open?.dispatch)
        draft.nodeActions.set(open.action.action_id, {
          ...open,
          dispatch: { ...open.dispatch, outcome: 'failed' },
        });
      return;
    }
    case 'cluster.OrchestratorActionCreated.v1':
    case 'cluster.OrchestratorActionApproved.v1':
    case 'cluster.OrchestratorActionCancelled.v1':
    case 'cluster.OrchestratorActionProgressed.v1':
    case 'cluster.OrchestratorActionFinished.v1':
      return putOrchestratorAction(draft, event.data.action, at);
    case 'cluster.OrchestratorActionRejected.v1':
      rejectOrigin(draft, event.data.action.metadata);
      return putOrchestratorAction(draft, event.data.action, at);
    case 'cluster.ProvisionIntended.v1': {
      const { attempt_id, action_id, node_group_id, platform, not_after } = event.data;
      draft.provisions.set(attempt_id, {
        attempt_id,
        action_id,
        node_group_id,
        platform,
        asks: (draft.provisions.get(attempt_id)?.asks ?? 0) + 1,
        not_after,
        outcome: 'open',
        count: null,
        error: null,
      });
      return;
    }
    case 'cluster.ProvisionSettled.v1':
      return settleProvision(draft, event);
    case 'cluster.DecisionMade.v1':
      return recordDecision(draft, event.data.decision, at);
    case 'cluster.DecisionFlapping.v1':
      return recordFlapping(draft, event, at);
    case 'cluster.RetryRequested.v1':
      for (const key of heldKeys(draft, event.data.rule, event.data.subject)) {
        draft.failures.delete(key);
        draft.rejected.delete(key);
      }
      return;
    case 'cluster.ReinitialisationAllowed.v1':
      draft.initAction = null;
      draft.everMember = false;
      draft.identity = null;
      draft.lastPrimary = null;
      return;
    case 'cluster.OrchestrateReportRecorded.v1':
      return recordReport(draft, reportKeys(event.data.report), at);
    case 'cluster.ConvergenceChanged.v1':
      draft.convergence = { converged: event.data.converged, spec_revision: event.data.spec_revision };
      return;
    default:
      return assertNever(event);
  }
}

/** Subject `cluster` stands for every subject of the rule: it is what `explain` prints for rules that pick one node. */
export const heldKeys = (
  { failures, rejected }: Pick<ClusterState, 'failures' | 'rejected'>,
  rule: string,
  subject: string,
): readonly string[] =>
  [...new Set([...failures.keys(), ...rejected])].filter(
    key => key === ruleKey(rule, subject) || (subject === 'cluster' && key.startsWith(`${rule} `)),
  );

export const evolveCluster = (state: ClusterState, envelope: EventEnvelope<ClusterEvent>): ClusterState => {
  const draft = openDraft(state);
  applyEvent(draft, envelope);
  return closeDraft(draft, state);
};

/** As `evolveCluster` over each event, with one copy of the state. */
export const foldCluster = (
  state: ClusterState,
  events: readonly EventEnvelope<ClusterEvent>[],
): ClusterState => {
  const draft = openDraft(state);
  for (const event of events) applyEvent(draft, event);
  return closeDraft(draft, state);
};
