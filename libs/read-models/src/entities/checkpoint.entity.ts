import { EntitySchema } from 'typeorm';

export interface CheckpointRow {
  readonly name: string;
  readonly position: string | null;
  readonly store_identity: string | null;
  readonly anchor_stream: string | null;
  readonly anchor_revision: number | null;
  readonly anchor_event: string | null;
  readonly phase: string;
  readonly message: string | null;
  readonly updated_at: Date;
}

export const checkpointEntity = new EntitySchema<CheckpointRow>({
  name: 'Checkpoint',
  tableName: 'checkpoints',
  columns: {
    name: { type: 'text', primary: true },
    position: { type: 'text', nullable: true, collation: 'C' },
    store_identity: { type: 'text', nullable: true },
    anchor_stream: { type: 'text', nullable: true },
    anchor_revision: { type: 'integer', nullable: true },
    anchor_event: { type: 'text', nullable: true },
    phase: { type: 'text', default: 'idle' },
    message: { type: 'text', nullable: true },
    updated_at: { type: 'timestamptz', default: () => 'now()' },
  },
});
