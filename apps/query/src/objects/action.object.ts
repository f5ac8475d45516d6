import type { ActionView } from '@replicante/read-models';
import { madeOf } from './object-type.js';

/** Keys of an action's metadata that name the rule behind it (libs/domain, ACTION_ORIGIN). */
const RULE = 'replicante.io/rule';
const SUBJECT = 'replicante.io/subject';

const { column, made, objectType } = madeOf<ActionView>();

const metadataOf = ({ metadata }: Pick<ActionView, 'metadata'>) =>
  (metadata ?? {}) as Readonly<Record<string, string>>;

export const ACTION = objectType({
  nsId: column('ns_id'),
  clusterId: column('cluster_id'),
  actionId: column('action_id'),
  scope: column('scope'),
  nodeId: column('node_id'),
  kind: column('kind'),
  phase: column('phase'),
  finished: column('finished'),
  args: column('args'),
  error: column('error'),
  payload: column('payload'),
  metadata: made(['metadata'], metadataOf),
  origin: made(['metadata'], row => {
    const { [RULE]: rule, [SUBJECT]: subject } = metadataOf(row);
    return rule === undefined ? null : { rule, subject: subject ?? null };
  }),
  timeoutSeconds: made(['timeout_ms'], row =>
    row.timeout_ms === null ? null : Number(row.timeout_ms) / 1_000,
  ),
  createdAt: column('created_at'),
  scheduledAt: column('scheduled_at'),
  finishedAt: column('finished_at'),
  attempt: made(
    [
      'attempt_id',
      'attempt_number',
      'attempt_not_after',
      'attempt_at',
      'outcome_attempt_id',
      'outcome',
      'outcome_error',
      'outcome_node_ids',
      'outcome_late',
    ],
    row => {
      if (row.attempt_id === null) return null;
      // An outcome of an older try says nothing of the last one.
      const settled = row.outcome_attempt_id === row.attempt_id;
      return {
        attemptId: row.attempt_id,
        number: row.attempt_number,
        notAfter: row.attempt_not_after,
        startedAt: row.attempt_at,
        outcome: settled ? row.outcome : null,
        error: settled ? row.outcome_error : null,
        nodeIds: settled ? row.outcome_node_ids : null,
        late: settled ? row.outcome_late : null,
      };
    },
  ),
  revision: made(['action_version', 'attempt_version', 'outcome_version'], row =>
    Math.max(row.action_version, row.attempt_version, row.outcome_version),
  ),
  updatedAt: column('action_changed_at'),
});
