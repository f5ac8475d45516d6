import { EntitySchema } from 'typeorm';

export interface NodeRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly node_id: string;
  readonly discovery_version: number;
  readonly agent_address: string | null;
  readonly node_class: string | null;
  readonly node_group: string | null;
  readonly removed: boolean;
  readonly presence_version: number;
  readonly absences: number;
  readonly absent_since: Date | null;
  readonly state_version: number;
  readonly status: string | null;
  readonly unknown_status: string | null;
  readonly details: unknown;
  readonly quarantine: string | null;
  readonly error: unknown;
  readonly observer: string | null;
  readonly state_changed_at: Date | null;
  readonly shards_version: number;
  readonly shards: unknown;
  readonly has_primary: boolean;
  readonly has_secondary: boolean;
  readonly shards_changed_at: Date | null;
  readonly extras_version: number;
  readonly extras: unknown;
  readonly extras_changed_at: Date | null;
}

export const nodeEntity = new EntitySchema<NodeRow>({
  name: 'Node',
  tableName: 'nodes',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    node_id: { type: 'text', primary: true },
    discovery_version: { type: 'integer', default: -1 },
    agent_address: { type: 'text', nullable: true },
    node_class: { type: 'text', nullable: true },
    node_group: { type: 'text', nullable: true },
    removed: { type: 'boolean', default: false },
    presence_version: { type: 'integer', default: -1 },
    absences: { type: 'integer', default: 0 },
    absent_since: { type: 'timestamptz', nullable: true },
    state_version: { type: 'integer', default: -1 },
    status: { type: 'text', nullable: true },
    unknown_status: { type: 'text', nullable: true },
    details: { type: 'jsonb', nullable: true },
    quarantine: { type: 'text', nullable: true },
    error: { type: 'jsonb', nullable: true },
    observer: { type: 'text', nullable: true },
    state_changed_at: { type: 'timestamptz', nullable: true },
    shards_version: { type: 'integer', default: -1 },
    shards: { type: 'jsonb', nullable: true },
    has_primary: { type: 'boolean', default: false },
    has_secondary: { type: 'boolean', default: false },
    shards_changed_at: { type: 'timestamptz', nullable: true },
    extras_version: { type: 'integer', default: -1 },
    extras: { type: 'jsonb', nullable: true },
    extras_changed_at: { type: 'timestamptz', nullable: true },
  },
});
