import type { ActionView } from '@replicante/read-models';

/** Keys of an action's metadata that name the rule behind it (libs/domain, ACTION_ORIGIN). */
const RULE = 'replicante.io/rule';
const SUBJECT = 'replicante.io/subject';

export function actionObject(row: ActionView) {
  const metadata = (row.metadata ?? {}) as Readonly<Record<string, string>>;
  return {
    nsId: row.ns_id,
    clusterId: row.cluster_id,
    actionId: row.action_id,
    scope: row.scope,
    nodeId: row.node_id,
    kind: row.kind,
    phase: row.phase,
    finished: row.finished,
    args: row.args,
    error: row.error,
    payload: row.payload,
    metadata,
    origin:
      metadata[RULE] === undefined ? null : { rule: metadata[RULE], subject: metadata[SUBJECT] ?? null },
    timeoutSeconds: row.timeout_ms === null ? null : Number(row.timeout_ms) / 1_000,
    createdAt: row.created_at,
    scheduledAt: row.scheduled_at,
    finishedAt: row.finished_at,
    attempt: row.attempt_id === null ? null : attemptObject(row, row.attempt_id),
    revision: Math.max(row.action_version, row.attempt_version, row.outcome_version),
    updatedAt: row.action_changed_at,
  };
}
export type ActionObject = ReturnType<typeof actionObject>;

/** An outcome of an older try says nothing of the last one. */
function attemptObject(row: ActionView, attemptId: string) {
  const settled = row.outcome_attempt_id === attemptId;
  return {
    attemptId,
    number: row.attempt_number,
    notAfter: row.attempt_not_after,
    startedAt: row.attempt_at,
    outcome: settled ? row.outcome : null,
    error: settled ? row.outcome_error : null,
    nodeIds: settled ? row.outcome_node_ids : null,
    late: settled ? row.outcome_late : null,
  };
}
