import { EntitySchema } from 'typeorm';

export interface SampleRow {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly epoch: string;
  readonly token: string;
  readonly revision: number;
  readonly sample: unknown;
  readonly completed_at: Date;
  readonly received_at: Date;
}

export const sampleEntity = new EntitySchema<SampleRow>({
  name: 'Sample',
  tableName: 'samples',
  columns: {
    ns_id: { type: 'text', primary: true },
    cluster_id: { type: 'text', primary: true },
    epoch: { type: 'bigint' },
    token: { type: 'bigint' },
    revision: { type: 'integer' },
    sample: { type: 'jsonb' },
    completed_at: { type: 'timestamptz' },
    received_at: { type: 'timestamptz' },
  },
});
