import { EntitySchema } from 'typeorm';

export interface NamespaceRow {
  readonly ns_id: string;
  readonly revision: number;
  readonly status: string | null;
  readonly document: unknown;
  readonly updated_at: Date | null;
}

export const namespaceEntity = new EntitySchema<NamespaceRow>({
  name: 'Namespace',
  tableName: 'namespaces',
  columns: {
    ns_id: { type: 'text', primary: true },
    revision: { type: 'integer', default: -1 },
    status: { type: 'text', nullable: true },
    document: { type: 'jsonb', nullable: true },
    updated_at: { type: 'timestamptz', nullable: true },
  },
});
