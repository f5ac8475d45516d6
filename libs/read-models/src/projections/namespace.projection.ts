import type { Namespace, NamespaceEvent } from '@replicante/domain';
import { NAMESPACE } from '../rows/namespace-rows.js';
import { change } from '../rows/row-group.js';
import type { EventHandlers, EventPlace } from './event-handlers.js';

const put = ({ namespace }: { readonly namespace: Namespace }, { revision, at }: EventPlace) => [
  change(NAMESPACE, { ns_id: namespace.id }, revision, {
    status: namespace.status,
    document: namespace,
    updated_at: at,
  }),
];

export const namespaceProjection: EventHandlers<NamespaceEvent> = {
  'namespace.NamespaceApplied.v1': put,
  'namespace.NamespaceDeletionRequested.v1': put,
};
