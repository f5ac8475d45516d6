import fastify from 'fastify';
import pg from 'pg';
import { answerParent } from '../rig/answer-parent.js';

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
  readonly nodes: readonly unknown[];
}

/** The same rows as the GraphQL query, by one statement, as the server's own JSON. */
const LIST = `select c.cluster_id, c.active, c.interval_seconds, c.updated_at, s.sample -> 'converged' as converged, n.nodes
  from clusters c
  left join samples s on s.ns_id = c.ns_id and s.cluster_id = c.cluster_id
  cross join lateral (
    select json_agg(json_build_object(
      'nodeId', n.node_id, 'status', n.status, 'group', n.node_group, 'agentAddress', n.agent_address,
      'storeVersion', n.details -> 'store_version' ->> 'number', 'changedAt', n.state_changed_at) order by n.node_id) as nodes
    from nodes n where n.ns_id = c.ns_id and n.cluster_id = c.cluster_id) n
  order by c.ns_id, c.cluster_id limit 50`;

/** Fastify and one statement on a pool; answers its address. */
answerParent(async ({ url, schema }: BareRequest): Promise<string> => {
  const pool = new pg.Pool({ connectionString: url, max: 8, options: `-c search_path=${schema}` });
  const server = fastify();
  server.get('/clusters', async () => {
    const { rows } = await pool.query<Row>({ name: 'list', text: LIST });
    return {
      clusters: rows.map(row => ({
        clusterId: row.cluster_id,
        active: row.active,
        interval: row.interval_seconds,
        updatedAt: row.updated_at,
        nodes: row.nodes,
      })),
    };
  });
  return server.listen({ host: '127.0.0.1', port: 0 });
});
