import { EntitySchema } from 'typeorm';

export interface ActionRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly action_id: string;
  readonly action_version: number;
  readonly scope: string | null;
  readonly node_id: string | null;
  readonly kind: string | null;
  readonly phase: string | null;
  readonly finished: boolean | null;
  readonly args: unknown;
  readonly error: unknown;
  readonly payload: unknown;
  readonly metadata: unknown;
  readonly timeout_ms: string | null;
  readonly created_at: Date | null;
  readonly scheduled_at: Date | null;
  readonly finished_at: Date | null;
  readonly action_changed_at: Date | null;
  readonly attempt_version: number;
  readonly attempt_id: string | null;
  readonly attempt_number: number | null;
  readonly attempt_not_after: Date | null;
  readonly attempt_at: Date | null;
  readonly outcome_version: number;
  readonly outcome_attempt_id: string | null;
  readonly outcome: string | null;
  readonly outcome_error: unknown;
  readonly outcome_node_ids: unknown;
  readonly outcome_late: boolean | null;
}

export const actionEntity = new EntitySchema<ActionRow>({
  name: 'Action',
  tableName: 'actions',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    action_id: { type: 'text', primary: true },
    action_version: { type: 'integer', default: -1 },
    scope: { type: 'text', nullable: true },
    node_id: { type: 'text', nullable: true },
    kind: { type: 'text', nullable: true },
    phase: { type: 'text', nullable: true },
    finished: { type: 'boolean', nullable: true },
    args: { type: 'jsonb', nullable: true },
    error: { type: 'jsonb', nullable: true },
    payload: { type: 'jsonb', nullable: true },
    metadata: { type: 'jsonb', nullable: true },
    timeout_ms: { type: 'bigint', nullable: true },
    created_at: { type: 'timestamptz', nullable: true },
    scheduled_at: { type: 'timestamptz', nullable: true },
    finished_at: { type: 'timestamptz', nullable: true },
    action_changed_at: { type: 'timestamptz', nullable: true },
    attempt_version: { type: 'integer', default: -1 },
    attempt_id: { type: 'text', nullable: true },
    attempt_number: { type: 'integer', nullable: true },
    attempt_not_after: { type: 'timestamptz', nullable: true },
    attempt_at: { type: 'timestamptz', nullable: true },
    outcome_version: { type: 'integer', default: -1 },
    outcome_attempt_id: { type: 'text', nullable: true },
    outcome: { type: 'text', nullable: true },
    outcome_error: { type: 'jsonb', nullable: true },
    outcome_node_ids: { type: 'jsonb', nullable: true },
    outcome_late: { type: 'boolean', nullable: true },
  },
  indices: [
    { name: 'actions_newest_first', columns: ['created_at', 'ns_id', 'cluster_id', 'action_id'] },
    { name: 'actions_of_cluster', columns: ['ns_id', 'cluster_id', 'created_at', 'action_id'] },
  ],
});
