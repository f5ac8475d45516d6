import type { NamespaceView } from '@replicante/read-models';

export const namespaceObject = (row: NamespaceView) => ({
  id: row.ns_id,
  status: row.status,
  document: row.document,
  revision: row.revision,
  updatedAt: row.updated_at,
});
export type NamespaceObject = ReturnType<typeof namespaceObject>;
