import { EntitySchema } from 'typeorm';

export interface DeadLetterRow {
  readonly subscription: string;
  readonly event_id: string;
  readonly position: string;
  readonly stream_id: string;
  readonly revision: number;
  readonly type: string;
  readonly error: string;
  readonly recorded_at: Date;
}

export const deadLetterEntity = new EntitySchema<DeadLetterRow>({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  columns: {
    subscription: { type: 'text', primary: true },
    event_id: { type: 'text', primary: true },
    position: { type: 'text' },
    stream_id: { type: 'text' },
    revision: { type: 'integer' },
    type: { type: 'text' },
    error: { type: 'text' },
    recorded_at: { type: 'timestamptz', default: () => 'now()' },
  },
});
