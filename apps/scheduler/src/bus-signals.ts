import type { ReceivedRecord } from '@replicante/event-bus';
import { clusterKey, platformKey } from './entries.js';

/** What a record means for the schedule. */
export type Signal = { readonly kind: 'asked'; readonly key: string } | { readonly kind: 'changed' };

/** Events that change what is active, or how often. */
const CHANGES: ReadonlySet<string> = new Set([
  'namespace.NamespaceApplied.v1',
  'namespace.NamespaceDeletionRequested.v1',
  'platform.PlatformApplied.v1',
  'platform.PlatformDeleted.v1',
  'cluster.ClusterSpecApplied.v1',
  'cluster.ClusterSpecDeleted.v1',
]);

/** The type stands in a header: most records are of no interest and are never parsed. */
export function signalOf(record: ReceivedRecord): Signal | undefined {
  const type = record.headers['ce-type'];
  if (type === undefined) return undefined;
  if (CHANGES.has(type)) return { kind: 'changed' };
  // Keys of our topics: `<ns>:<cluster>` and `<ns>:<platform>`.
  const [ns, name] = record.key.split(':');
  if (ns === undefined || name === undefined) return undefined;
  if (type === 'cluster.CycleRequested.v1') return { kind: 'asked', key: clusterKey(ns, name) };
  if (type === 'platform.DiscoveryRequested.v1') return { kind: 'asked', key: platformKey(ns, name) };
  return undefined;
}
