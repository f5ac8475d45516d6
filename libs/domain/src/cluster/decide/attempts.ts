import type { CommandMetadata } from '@replicante/kernel';
import { compareLeases } from '@replicante/kernel';
import type { NodeAction } from '../../model/action.js';
import type { ErrorDocument } from '../../model/report.js';
import type { AttemptOutcome, RecordOutcome, SettleProvision } from '../commands.js';
import type { ClusterContext } from '../context.js';
import type { ProvisionSettled } from '../events.js';
import { NOT_SENT } from '../orchestrator-actions/platform-provision.js';
import { asRecord } from '../orchestrator-actions/handler.js';
import type { ClusterState, OpenNodeAction, ProvisionAttempt } from '../state.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';

const DEFAULT_MAX_ATTEMPTS = 5;

/** Evidence under an older lease is still evidence: it is accepted, and marked. */
function isLate(state: ClusterState, metadata: CommandMetadata): boolean {
  const recorded = state.leases.get('cycle');
  return !metadata.lease || (recorded !== undefined && compareLeases(metadata.lease, recorded) < 0);
}

function maxAttempts(context: ClusterContext): number {
  const { namespace } = context;
  return namespace.status === 'known'
    ? namespace.namespace.settings.orchestrate.max_naction_schedule_attempts
    : DEFAULT_MAX_ATTEMPTS;
}

function attemptsSoFar(action: NodeAction): number {
  const { attempts } = asRecord(action.state.error);
  return typeof attempts === 'number' ? attempts : 0;
}

/** FAILED when the attempts are exhausted: with a maximum of 5 on the 6th failure (domain-reference §7.4). */
function scheduleFailed(
  { action }: OpenNodeAction,
  attemptId: string,
  error: ErrorDocument,
  context: ClusterContext,
  metadata: CommandMetadata,
  late: boolean,
): ClusterDecision {
  const attempts = attemptsSoFar(action) + 1;
  const exhausted = attempts > maxAttempts(context);
  const after: NodeAction = {
    ...action,
    finished_time: exhausted ? metadata.now : null,
    state: {
      ...action.state,
      phase: exhausted ? 'FAILED' : action.state.phase,
      error: { attempts, last_error: { ...error } },
    },
  };
  return done([
    { type: 'cluster.NodeActionScheduleFailed.v1', data: { action: after, attempt_id: attemptId, late } },
  ]);
}

const settled = (
  attempt: ProvisionAttempt,
  ids: { readonly ns_id: string; readonly cluster_id: string },
  result: Pick<ProvisionSettled['data'], 'outcome' | 'late'> & Partial<ProvisionSettled['data']>,
): ProvisionSettled => ({
  type: 'cluster.ProvisionSettled.v1',
  data: {
    ns_id: ids.ns_id,
    cluster_id: ids.cluster_id,
    action_id: attempt.action_id,
    attempt_id: attempt.attempt_id,
    count: null,
    node_ids: null,
    error: null,
    ...result,
  },
});

function provisionOutcome(
  attempt: ProvisionAttempt,
  ids: { readonly ns_id: string; readonly cluster_id: string },
  outcome: Extract<AttemptOutcome, { kind: 'provision' }>,
  late: boolean,
): ClusterDecision {
  // What is known is not made unknown again, and a word already had is not recorded twice.
  if (attempt.outcome !== 'open' && attempt.outcome !== 'unknown') return done();
  const { result } = outcome;
  // Asked more than once under this id: that one request was not carried out says nothing about the others.
  if (attempt.asks > 1 && (result === 'refused' || result === 'not_sent')) {
    const error = result === 'refused' ? outcome.error : { error_msg: NOT_SENT };
    return attempt.outcome === 'unknown'
      ? done()
      : done([settled(attempt, ids, { outcome: 'unknown', late, error })]);
  }
  switch (result) {
    case 'accepted':
      return done([
        settled(attempt, ids, {
          outcome: 'accepted',
          late,
          count: outcome.count,
          node_ids: outcome.node_ids,
        }),
      ]);
    case 'refused':
      return done([settled(attempt, ids, { outcome: 'refused', late, error: outcome.error })]);
    case 'not_sent':
      return done([settled(attempt, ids, { outcome: 'refused', late, error: { error_msg: NOT_SENT } })]);
    case 'unknown':
      if (attempt.outcome === 'unknown') return done();
      return done([settled(attempt, ids, { outcome: 'unknown', late, error: outcome.error })]);
  }
}

/** What became of an instruction. Never answered with instructions (safety.md §2). */
export function recordOutcome(
  { data }: RecordOutcome,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
): ClusterDecision {
  const { outcome, attempt_id } = data;
  const late = isLate(state, metadata);
  if (outcome.kind === 'provision') {
    const attempt = state.provisions.get(attempt_id);
    return attempt ? provisionOutcome(attempt, data, outcome, late) : done();
  }
  const open = [...state.nodeActions.values()].find(a => a.dispatch?.attempt_id === attempt_id);
  // Finished, or dispatched again since: the agent's own copy is what counts.
  if (!open || open.dispatch?.outcome !== 'open') return done();
  // Accepted, or known there already: no change; the next sync sees it (domain-reference §7.4). Not sent: nothing
  // happened and nobody is to blame; it is sent again once it has expired, and that is no step towards FAILED.
  if (!('error' in outcome)) return done();
  if (open.action.state.phase !== 'PENDING_SCHEDULE') return done();
  return scheduleFailed(open, attempt_id, outcome.error, context, metadata, late);
}

/** An operator's word on an attempt that nobody else can tell of. */
export function settleProvision({ data }: SettleProvision, state: ClusterState): ClusterDecision {
  const attempt = state.provisions.get(data.attempt_id);
  const abandoned = attempt?.outcome === 'open' && !state.orchestratorActions.has(attempt.action_id);
  if (!attempt || (attempt.outcome !== 'unknown' && !abandoned))
    return refuse({
      code: 'NOTHING_TO_SETTLE',
      message: `Attempt '${data.attempt_id}' of '${data.ns_id}.${data.cluster_id}' has no unknown outcome`,
    });
  return done([
    data.provisioned
      ? settled(attempt, data, { outcome: 'settled_by_operator', late: false, count: 1 })
      : settled(attempt, data, { outcome: 'not_shown', late: false }),
  ]);
}
