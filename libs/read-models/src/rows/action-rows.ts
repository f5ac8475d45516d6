import { rowGroup } from './row-group.js';

const action = { ns_id: 'text', cluster_id: 'text', action_id: 'text' } as const;

/** Node and orchestrator actions: their ids are unique over both. */
export const ACTION = rowGroup({
  table: 'actions',
  key: action,
  version: 'action_version',
  values: {
    scope: 'text',
    node_id: 'text',
    kind: 'text',
    phase: 'text',
    finished: 'boolean',
    args: 'jsonb',
    error: 'jsonb',
    payload: 'jsonb',
    metadata: 'jsonb',
    timeout_ms: 'bigint',
    created_at: 'timestamptz',
    scheduled_at: 'timestamptz',
    finished_at: 'timestamptz',
    action_changed_at: 'timestamptz',
  },
});

/** The last try to have it carried out: recorded before it left. */
export const ACTION_ATTEMPT = rowGroup({
  table: 'actions',
  key: action,
  version: 'attempt_version',
  values: {
    attempt_id: 'text',
    attempt_number: 'integer',
    attempt_not_after: 'timestamptz',
    attempt_at: 'timestamptz',
  },
});

/** What became of a try, which may be an older one than the last. */
export const ACTION_OUTCOME = rowGroup({
  table: 'actions',
  key: action,
  version: 'outcome_version',
  values: {
    outcome_attempt_id: 'text',
    outcome: 'text',
    outcome_error: 'jsonb',
    outcome_node_ids: 'jsonb',
    outcome_late: 'boolean',
  },
});
