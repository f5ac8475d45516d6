import { EntitySchema } from 'typeorm';

export interface PlatformRow {
  readonly ns_id: string;
  readonly name: string;
  readonly revision: number;
  readonly updated_at: Date | null;
  readonly spec_version: number;
  readonly active: boolean | null;
  readonly interval_seconds: number | null;
  readonly document: unknown;
  readonly view_version: number;
  readonly view: unknown;
  readonly view_changed_at: Date | null;
  readonly suspect_version: number;
  readonly suspect: unknown;
  readonly suspect_since: Date | null;
  readonly accepted_version: number;
  readonly accepted_at: Date | null;
  readonly failing_version: number;
  readonly failing: unknown;
  readonly failing_since: Date | null;
}

export const platformEntity = new EntitySchema<PlatformRow>({
  name: 'Platform',
  tableName: 'platforms',
  columns: {
    ns_id: { type: 'text', primary: true },
    name: { type: 'text', primary: true },
    revision: { type: 'integer', default: -1 },
    updated_at: { type: 'timestamptz', nullable: true },
    spec_version: { type: 'integer', default: -1 },
    active: { type: 'boolean', nullable: true },
    interval_seconds: { type: 'integer', nullable: true },
    document: { type: 'jsonb', nullable: true },
    view_version: { type: 'integer', default: -1 },
    view: { type: 'jsonb', nullable: true },
    view_changed_at: { type: 'timestamptz', nullable: true },
    suspect_version: { type: 'integer', default: -1 },
    suspect: { type: 'jsonb', nullable: true },
    suspect_since: { type: 'timestamptz', nullable: true },
    accepted_version: { type: 'integer', default: -1 },
    accepted_at: { type: 'timestamptz', nullable: true },
    failing_version: { type: 'integer', default: -1 },
    failing: { type: 'jsonb', nullable: true },
    failing_since: { type: 'timestamptz', nullable: true },
  },
});
