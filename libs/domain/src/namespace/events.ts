import type { DomainEvent } from '@replicante/kernel';
import type { Namespace } from '../model/namespace.js';

export type NamespaceApplied = DomainEvent<
  'namespace.NamespaceApplied.v1',
  { readonly namespace: Namespace }
>;
/** `namespace` is the object after the request: status `Deleting`. */
export type NamespaceDeletionRequested = DomainEvent<
  'namespace.NamespaceDeletionRequested.v1',
  { readonly namespace: Namespace }
>;
export type NamespaceEvent = NamespaceApplied | NamespaceDeletionRequested;
