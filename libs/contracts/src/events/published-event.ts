import type { ClusterEvent, NamespaceEvent, PlatformEvent } from '@replicante/domain';

/** Every event that is published. */
export type PublishedEvent = NamespaceEvent | PlatformEvent | ClusterEvent;
export type PublishedEventType = PublishedEvent['type'];
export type DataOf<T extends PublishedEventType> = Extract<PublishedEvent, { readonly type: T }>['data'];
