import { EntitySchema } from 'typeorm';

export interface DecisionHistoryRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly revision: number;
  readonly rule: string | null;
  readonly subject: string | null;
  readonly event_id: string | null;
  readonly rule_version: number | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly spec_revision: number | null;
  readonly document: unknown;
  readonly decided_at: Date | null;
}

export const decisionHistoryEntity = new EntitySchema<DecisionHistoryRow>({
  name: 'DecisionHistory',
  tableName: 'decision_history',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    revision: { type: 'integer', primary: true },
    rule: { type: 'text', nullable: true },
    subject: { type: 'text', nullable: true },
    event_id: { type: 'text', nullable: true },
    rule_version: { type: 'integer', nullable: true },
    outcome: { type: 'text', nullable: true },
    reason: { type: 'text', nullable: true },
    spec_revision: { type: 'integer', nullable: true },
    document: { type: 'jsonb', nullable: true },
    decided_at: { type: 'timestamptz', nullable: true },
  },
});
