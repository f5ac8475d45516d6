import type { NamespaceView } from '@replicante/read-models';
import { madeOf, type ObjectOf } from './object-type.js';

const { column, objectType } = madeOf<NamespaceView>();

export const NAMESPACE = objectType({
  id: column('ns_id'),
  status: column('status'),
  document: column('document'),
  revision: column('revision'),
  updatedAt: column('updated_at'),
});
export type NamespaceObject = ObjectOf<typeof NAMESPACE>;
