import fastify from 'fastify';
import pg from 'pg';
import { answerParent } from '@replicante/processes';

export interface BareRequest {
  readonly url: string;
  /** Schema of the generation that is read. */
  readonly schema: string;
}

interface Row {
  readonly cluster_id: string;
  readonly active: boolean;
  readonly interval_seconds: number;
  readonly updated_at: Date;
  readonly node_id: string;
  readonly status: string;
  readonly node_group: string;
  readonly agent_address: string;
  readonly store_version: string;
  readonly state_changed_at: Date;
}

/** The same rows as the GraphQL query, by one statement. */
const LIST = `select c.cluster_id, c.active, c.interval_seconds, c.updated_at,
    n.node_id, n.status, n.node_group, n.agent_address, n.details -> 'store_version' ->> 'number' as store_version,
    n.state_changed_at
  from (select * from clusters order by ns_id, cluster_id limit 50) c
  join nodes n on n.ns_id = c.ns_id and n.cluster_id = c.cluster_id
  order by c.ns_id, c.cluster_id, n.node_id`;

interface ListedCluster {
  readonly clusterId: string;
  readonly active: boolean;
  readonly interval: number;
  readonly updatedAt: Date;
  readonly nodes: object[];
}

function nested(rows: readonly Row[]): readonly ListedCluster[] {
  const clusters = new Map<string, ListedCluster>();
  for (const row of rows) {
    const { cluster_id: clusterId, active, interval_seconds: interval, updated_at: updatedAt } = row;
    const cluster = clusters.get(clusterId) ?? { clusterId, active, interval, updatedAt, nodes: [] };
    clusters.set(clusterId, cluster);
    cluster.nodes.push({
      nodeId: row.node_id,
      status: row.status,
      group: row.node_group,
      agentAddress: row.agent_address,
      storeVersion: row.store_version,
      changedAt: row.state_changed_at,
    });
  }
  return [...clusters.values()];
}

/** Fastify and one statement on a pool; answers its address. */
answerParent(async ({ url, schema }: BareRequest): Promise<string> => {
  const pool = new pg.Pool({ connectionString: url, max: 8, options: `-c search_path=${schema}` });
  const server = fastify();
  server.get('/clusters', async () => {
    const { rows } = await pool.query<Row>({ name: 'list', text: LIST });
    return { clusters: nested(rows) };
  });
  return server.listen({ host: '127.0.0.1', port: 0 });
});
