import { EntitySchema } from 'typeorm';

export interface EventRow {
  readonly position: string;
  readonly event_id: string | null;
  readonly stream_id: string | null;
  readonly revision: number | null;
  readonly type: string | null;
  readonly code: string | null;
  readonly recorded_at: Date | null;
  readonly ns_id: string | null;
  readonly cluster_id: string | null;
  readonly platform: string | null;
  readonly actor: unknown;
  readonly command_id: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
  readonly data: unknown;
}

export const eventEntity = new EntitySchema<EventRow>({
  name: 'Event',
  tableName: 'events',
  columns: {
    position: { type: 'text', primary: true, collation: 'C' },
    event_id: { type: 'text', nullable: true },
    stream_id: { type: 'text', nullable: true },
    revision: { type: 'integer', nullable: true },
    type: { type: 'text', nullable: true },
    code: { type: 'text', nullable: true },
    recorded_at: { type: 'timestamptz', nullable: true },
    ns_id: { type: 'text', nullable: true },
    cluster_id: { type: 'text', nullable: true },
    platform: { type: 'text', nullable: true },
    actor: { type: 'jsonb', nullable: true },
    command_id: { type: 'text', nullable: true },
    correlation_id: { type: 'text', nullable: true },
    causation_id: { type: 'text', nullable: true },
    data: { type: 'jsonb', nullable: true },
  },
  indices: [
    { name: 'events_of_cluster', columns: ['ns_id', 'cluster_id', 'revision'] },
    { name: 'events_by_id', columns: ['event_id'] },
    { name: 'events_by_correlation', columns: ['correlation_id'] },
    { name: 'events_by_causation', columns: ['causation_id'] },
  ],
});
