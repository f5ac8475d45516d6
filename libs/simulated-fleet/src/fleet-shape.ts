/** The fleet that the simulator plays: alike clusters of PostgreSQL, the first node of each its primary. */
export interface FleetShape {
  readonly clusters: number;
  readonly nodesPerCluster: number;
}

export const clusterIdOf = (cluster: number): string => `fleet-${String(cluster + 1).padStart(4, '0')}`;
export const nodeIdOf = (cluster: number, node: number): string => `${clusterIdOf(cluster)}-n${node + 1}`;

export const clusterIds = ({ clusters }: FleetShape): readonly string[] =>
  Array.from({ length: clusters }, (_, n) => clusterIdOf(n));

/** What a poll of one node asks for, in this order (domain-reference §5.1). */
export const POLLED_PATHS = ['info/node', 'info/store', 'info/shards', 'actions/queue', 'actions/finished'];
export const API = '/api/unstable/';
