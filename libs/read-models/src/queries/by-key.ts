import type { Sql } from '../store/sql.js';
import type { KeysetList } from './keyset-list.js';

/** Rows by their keys, in the keys' order; `undefined` where there is none. One statement for any number of keys. */
export async function readByKey<T>(
  sql: Sql,
  list: KeysetList,
  keyColumns: readonly string[],
  keys: readonly (readonly string[])[],
  where = 'true',
): Promise<readonly (T | undefined)[]> {
  const arrays = keyColumns.map((_, index) => `$${index + 1}::text[]`);
  const isKey = keyColumns.map(column => `t.${column} = k.${column}`);
  const rows = await sql<T & { readonly key_index: string }>(
    `SELECT x.*, k.key_index FROM unnest(${arrays.join(', ')}) WITH ORDINALITY
       AS k(${keyColumns.join(', ')}, key_index)
     CROSS JOIN LATERAL (SELECT ${list.select} FROM ${list.from} WHERE ${isKey.join(' AND ')} AND ${where}) x`,
    keyColumns.map((_, index) => keys.map(key => key[index])),
  );
  const found = new Map(rows.map(row => [Number(row.key_index), row]));
  return keys.map((_, index) => found.get(index + 1));
}

export interface ClusterCounts {
  readonly nodes: number;
  readonly healthy: number;
  readonly missing_from_platform: number;
  readonly quarantined: number;
  readonly primaries: number;
  readonly secondaries: number;
}
const NO_NODES: ClusterCounts = {
  nodes: 0,
  healthy: 0,
  missing_from_platform: 0,
  quarantined: 0,
  primaries: 0,
  secondaries: 0,
};

/** Counts over the nodes of each cluster, removed ones left out. Quarantined members hold no role that counts. */
export async function readClusterCounts(
  sql: Sql,
  clusters: readonly (readonly [string, string])[],
): Promise<readonly ClusterCounts[]> {
  const rows = await sql<ClusterCounts & { readonly key_index: string }>(
    `SELECT k.key_index, count(*)::integer AS nodes,
       count(*) FILTER (WHERE n.status = 'HEALTHY')::integer AS healthy,
       count(*) FILTER (WHERE n.absences > 0)::integer AS missing_from_platform,
       count(*) FILTER (WHERE n.quarantine IS NOT NULL)::integer AS quarantined,
       count(*) FILTER (WHERE n.has_primary AND n.quarantine IS NULL)::integer AS primaries,
       count(*) FILTER (WHERE n.has_secondary AND n.quarantine IS NULL)::integer AS secondaries
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(ns_id, cluster_id, key_index)
     JOIN nodes n ON n.ns_id = k.ns_id AND n.cluster_id = k.cluster_id AND NOT n.removed
     GROUP BY k.key_index`,
    [clusters.map(c => c[0]), clusters.map(c => c[1])],
  );
  const found = new Map(rows.map(row => [Number(row.key_index), row]));
  return clusters.map((_, index) => found.get(index + 1) ?? NO_NODES);
}
