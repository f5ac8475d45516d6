import type { SchedulableCluster, SchedulablePlatform } from '@replicante/read-models';
import type { Entry } from './schedule.js';

export const clusterKey = (ns: string, cluster: string): string => `${ns}:${cluster}`;
export const platformKey = (ns: string, name: string): string => `platform:${ns}:${name}`;

/** Due: active, in a namespace that is known and not Inactive (domain-reference §9.1); modes are decided in the cycle. */
export const isCycled = ({ active, namespace_status }: SchedulableCluster): boolean =>
  active && namespace_status !== null && namespace_status !== 'Inactive';

/** Discovery runs in Active namespaces only (domain-reference §10). */
export const isDiscovered = ({ active, namespace_status }: SchedulablePlatform): boolean =>
  active && namespace_status === 'Active';

export const entriesOf = (
  clusters: readonly SchedulableCluster[],
  platforms: readonly SchedulablePlatform[],
): readonly Entry[] => [
  ...clusters.filter(isCycled).map(({ ns_id, cluster_id, interval_seconds }) => ({
    key: clusterKey(ns_id, cluster_id),
    kind: 'OrchestrateCluster' as const,
    payload: { ns_id, cluster_id },
    intervalMs: milliseconds(interval_seconds),
  })),
  ...platforms.filter(isDiscovered).map(({ ns_id, name, interval_seconds, awaited_clusters }) => ({
    key: platformKey(ns_id, name),
    kind: 'DiscoverPlatform' as const,
    payload: { ns_id, name, awaited_clusters },
    intervalMs: milliseconds(interval_seconds),
  })),
];

/** A row of nonsense must not become a hot loop. */
const milliseconds = (seconds: number): number => Math.max(1, seconds) * 1_000;
