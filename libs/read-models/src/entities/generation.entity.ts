import { EntitySchema } from 'typeorm';

export interface GenerationRow {
  readonly generation: number;
  readonly shape: number;
  readonly state: string;
  readonly created_at: Date;
  readonly activated_at: Date | null;
}

export const generationEntity = new EntitySchema<GenerationRow>({
  name: 'Generation',
  tableName: 'generations',
  columns: {
    generation: { type: 'integer', primary: true },
    shape: { type: 'integer' },
    state: { type: 'text' },
    created_at: { type: 'timestamptz', default: () => 'now()' },
    activated_at: { type: 'timestamptz', nullable: true },
  },
  indices: [
    {
      name: 'one_active_generation_of_a_shape',
      columns: ['shape'],
      unique: true,
      where: "state = 'active'",
    },
  ],
  checks: [{ name: 'generations_state_check', expression: "state IN ('building', 'active', 'retired')" }],
});
