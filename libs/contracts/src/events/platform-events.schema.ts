import type { NamespaceEvent, PlatformEvent } from '@replicante/domain';
import { namespace, platform } from './declared.schema.js';
import { discoveredNode, errorDocument, leaseClaim } from './model.schema.js';
import type { DataOf } from './published-event.js';
import type { FieldsOf, Schema } from './typed-schema.js';
import { count, flag, identifier, list, object, text } from './typed-schema.js';

type Type = NamespaceEvent['type'] | PlatformEvent['type'];
const of = <T extends Type>(fields: FieldsOf<DataOf<T>>): Schema<DataOf<T>> => object<DataOf<T>>(fields);

const ofPlatform = { ns_id: identifier, name: identifier };

export const namespaceEventSchemas: { readonly [T in NamespaceEvent['type']]: Schema<DataOf<T>> } = {
  'namespace.NamespaceApplied.v1': of<'namespace.NamespaceApplied.v1'>({ namespace }),
  'namespace.NamespaceDeletionRequested.v1': of<'namespace.NamespaceDeletionRequested.v1'>({ namespace }),
};

export const platformEventSchemas: { readonly [T in PlatformEvent['type']]: Schema<DataOf<T>> } = {
  'platform.PlatformApplied.v1': of<'platform.PlatformApplied.v1'>({ platform }),
  'platform.PlatformDeleted.v1': of<'platform.PlatformDeleted.v1'>(ofPlatform),
  'platform.DiscoveryRequested.v1': of<'platform.DiscoveryRequested.v1'>(ofPlatform),
  'platform.LeaseTaken.v1': of<'platform.LeaseTaken.v1'>({ ...ofPlatform, lease: leaseClaim }),
  'platform.PlatformViewChanged.v1': of<'platform.PlatformViewChanged.v1'>({
    ...ofPlatform,
    clusters: list(
      object<DataOf<'platform.PlatformViewChanged.v1'>['clusters'][number]>({
        cluster_id: identifier,
        nodes: list(discoveredNode),
      }),
    ),
    rejected_cluster_ids: list(text),
    idempotency_keys: flag,
    accepted_by_operator: flag,
  }),
  'platform.PlatformAnswerSuspected.v1': of<'platform.PlatformAnswerSuspected.v1'>({
    ...ofPlatform,
    shown_before: count,
    missing: list(
      object<DataOf<'platform.PlatformAnswerSuspected.v1'>['missing'][number]>({
        cluster_id: identifier,
        node_id: text,
      }),
    ),
  }),
  'platform.SuspectAnswerAccepted.v1': of<'platform.SuspectAnswerAccepted.v1'>(ofPlatform),
  'platform.PlatformAnswerCleared.v1': of<'platform.PlatformAnswerCleared.v1'>(ofPlatform),
  'platform.PlatformUnavailable.v1': of<'platform.PlatformUnavailable.v1'>({
    ...ofPlatform,
    kind: text,
    error: errorDocument,
  }),
  'platform.PlatformRecovered.v1': of<'platform.PlatformRecovered.v1'>(ofPlatform),
};
