import type { EventEnvelope } from '@replicante/kernel';
import { assertNever } from '@replicante/kernel';
import type { NamespaceEvent } from './events.js';
import type { NamespaceState } from './state.js';

export function evolveNamespace(
  _state: NamespaceState,
  { event }: EventEnvelope<NamespaceEvent>,
): NamespaceState {
  switch (event.type) {
    case 'namespace.NamespaceApplied.v1':
    case 'namespace.NamespaceDeletionRequested.v1':
      return { status: 'known', namespace: event.data.namespace };
    default:
      return assertNever(event);
  }
}
