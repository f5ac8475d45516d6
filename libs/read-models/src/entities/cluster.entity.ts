import { EntitySchema } from 'typeorm';

export interface ClusterRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly revision: number;
  readonly updated_at: Date | null;
  readonly spec_version: number;
  readonly spec: unknown;
  readonly synthetic: boolean | null;
  readonly active: boolean | null;
  readonly interval_seconds: number | null;
  readonly platform_ns_id: string | null;
  readonly platform_name: string | null;
  readonly discovery_version: number;
  readonly discovery: unknown;
  readonly discovered_at: Date | null;
  readonly convergence_version: number;
  readonly convergence: unknown;
  readonly convergence_changed_at: Date | null;
  readonly report_version: number;
  readonly report: unknown;
  readonly report_recorded_at: Date | null;
}

export const clusterEntity = new EntitySchema<ClusterRow>({
  name: 'Cluster',
  tableName: 'clusters',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    revision: { type: 'integer', default: -1 },
    updated_at: { type: 'timestamptz', nullable: true },
    spec_version: { type: 'integer', default: -1 },
    spec: { type: 'jsonb', nullable: true },
    synthetic: { type: 'boolean', nullable: true },
    active: { type: 'boolean', nullable: true },
    interval_seconds: { type: 'integer', nullable: true },
    platform_ns_id: { type: 'text', nullable: true },
    platform_name: { type: 'text', nullable: true },
    discovery_version: { type: 'integer', default: -1 },
    discovery: { type: 'jsonb', nullable: true },
    discovered_at: { type: 'timestamptz', nullable: true },
    convergence_version: { type: 'integer', default: -1 },
    convergence: { type: 'jsonb', nullable: true },
    convergence_changed_at: { type: 'timestamptz', nullable: true },
    report_version: { type: 'integer', default: -1 },
    report: { type: 'jsonb', nullable: true },
    report_recorded_at: { type: 'timestamptz', nullable: true },
  },
});
