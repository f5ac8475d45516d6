import { rowGroup } from './row-group.js';

export const NAMESPACE = rowGroup({
  table: 'namespaces',
  key: { ns_id: 'text' },
  version: 'revision',
  values: { status: 'text', document: 'jsonb', updated_at: 'timestamptz' },
});
