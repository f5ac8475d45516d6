import type { NamespaceStatus } from '@replicante/domain';
import type { Sql } from '../store/sql.js';

export interface SchedulableCluster {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly interval_seconds: number;
  /** `ClusterSpec.active`. */
  readonly active: boolean;
  /** `null` when the namespace is not known (yet). */
  readonly namespace_status: NamespaceStatus | null;
}

export interface SchedulablePlatform {
  readonly ns_id: string;
  readonly name: string;
  readonly interval_seconds: number;
  readonly active: boolean;
  readonly namespace_status: NamespaceStatus | null;
  /** Ids of clusters declared on it of which no discovery has shown a node yet. */
  readonly awaited_clusters: readonly string[];
}

/** Every cluster that has a spec, with what decides whether it is due. */
export const readSchedulableClusters = (sql: Sql): Promise<readonly SchedulableCluster[]> =>
  sql<SchedulableCluster>(
    `SELECT c.ns_id, c.cluster_id, c.interval_seconds, c.active, n.status AS namespace_status
     FROM clusters c LEFT JOIN namespaces n ON n.ns_id = c.ns_id WHERE c.spec IS NOT NULL
     ORDER BY c.ns_id, c.cluster_id`,
  );

/** Every platform that is not deleted. */
export const readSchedulablePlatforms = (sql: Sql): Promise<readonly SchedulablePlatform[]> =>
  sql<SchedulablePlatform>(
    `SELECT p.ns_id, p.name, p.interval_seconds, p.active, n.status AS namespace_status,
       ARRAY(SELECT c.cluster_id FROM clusters c
             WHERE c.spec IS NOT NULL AND coalesce(c.discovery->'nodes', '[]') = '[]' AND c.ns_id = p.ns_id
               AND c.platform_ns_id = p.ns_id AND c.platform_name = p.name
             ORDER BY c.cluster_id LIMIT 1000) AS awaited_clusters
     FROM platforms p LEFT JOIN namespaces n ON n.ns_id = p.ns_id WHERE p.document IS NOT NULL
     ORDER BY p.ns_id, p.name`,
  );
