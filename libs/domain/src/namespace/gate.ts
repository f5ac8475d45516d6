import type { Rejection } from '@replicante/kernel';
import type { NamespaceState } from './state.js';

/** Nothing new is accepted in a namespace that does not exist, or that is going away (domain-reference §2.1, §3.1). */
export function namespaceGate(namespace: NamespaceState, nsId: string): Rejection | null {
  if (namespace.status === 'absent')
    return {
      code: 'NAMESPACE_NOT_FOUND',
      message: `Namespace '${nsId}' does not exist`,
      violations: [{ field: 'spec.ns_id', description: `apply a Namespace with id '${nsId}' first` }],
    };
  const { status } = namespace.namespace;
  if (status === 'Deleting' || status === 'Deleted')
    return { code: 'NAMESPACE_DELETING', message: `Namespace '${nsId}' is ${status}` };
  return null;
}
