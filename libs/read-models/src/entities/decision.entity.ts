import { EntitySchema } from 'typeorm';

export interface DecisionRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly rule: string;
  readonly subject: string;
  readonly revision: number;
  readonly event_id: string | null;
  readonly rule_version: number | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly spec_revision: number | null;
  readonly document: unknown;
  readonly decided_at: Date | null;
  readonly flapping_version: number;
  readonly flapping: unknown;
  readonly flapping_since: Date | null;
}

export const decisionEntity = new EntitySchema<DecisionRow>({
  name: 'Decision',
  tableName: 'decisions',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    rule: { type: 'text', primary: true },
    subject: { type: 'text', primary: true },
    revision: { type: 'integer', default: -1 },
    event_id: { type: 'text', nullable: true },
    rule_version: { type: 'integer', nullable: true },
    outcome: { type: 'text', nullable: true },
    reason: { type: 'text', nullable: true },
    spec_revision: { type: 'integer', nullable: true },
    document: { type: 'jsonb', nullable: true },
    decided_at: { type: 'timestamptz', nullable: true },
    flapping_version: { type: 'integer', default: -1 },
    flapping: { type: 'jsonb', nullable: true },
    flapping_since: { type: 'timestamptz', nullable: true },
  },
});
