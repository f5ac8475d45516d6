import { FLEET_NS } from '../world/fleet-namespace.js';

/** The quickstart's objects, with the platform at the harness's proxy. */
const manifest = (kind: string, spec: object) => ({
  manifest_json: JSON.stringify({ apiVersion: 'replicante.io/v0', kind, spec }),
});

export const namespace = () =>
  manifest('Namespace', {
    ...{ id: 'default', status: 'Active', agents: { token: { fromEnv: 'REPLICANTE_LOCAL_TOKEN' } } },
  });

export const platform = (port: number) =>
  manifest('Platform', {
    ...{ ns_id: 'default', name: 'local', discovery: { interval: 1 } },
    url: { base_url: `http://127.0.0.1:${port}/`, token: { fromEnv: 'REPLICANTE_LOCAL_TOKEN' } },
  });

export const cluster = (count: number) =>
  manifest('ClusterSpec', {
    ...{ ns_id: 'default', cluster_id: 'pg', interval: 1, platform: { name: 'local' } },
    declaration: {
      approval: 'granted',
      definition: {
        ...{ cluster_id: 'pg', store: 'postgresql', store_version: '18' },
        nodes: { main: { desired_count: count, node_class: 'postgres-local' } },
      },
      initialise: { mode: 'SingleNode' },
      expand: { mode: 'Join' },
      timings_seconds: { expand: 2, init: 2, scale_up: 2, stable_after: 1 },
    },
  });

/** What declares clusters that only are to be observed: whatever would be done to them waits for an approval. */
export const fleetOf = (platformUrl: string, clusterIds: readonly string[], nodesPerCluster: number) => [
  manifest('Namespace', { id: FLEET_NS, status: 'Active' }),
  manifest('Platform', {
    ...{ ns_id: FLEET_NS, name: 'simulator', discovery: { interval: 10 } },
    url: { base_url: platformUrl },
  }),
  ...clusterIds.map(cluster_id =>
    manifest('ClusterSpec', {
      ...{ ns_id: FLEET_NS, cluster_id, interval: 5, platform: { name: 'simulator' } },
      declaration: {
        approval: 'required',
        definition: {
          ...{ cluster_id, store: 'postgresql', store_version: '18' },
          nodes: { main: { desired_count: nodesPerCluster, node_class: 'small' } },
        },
        initialise: { mode: 'SingleNode' },
        expand: { mode: 'Join' },
      },
    }),
  ),
];

export const nodeAction = (node: string, action: string, kind: string, args: object, approval: string) =>
  manifest('NAction', {
    ...{ ns_id: 'default', cluster_id: 'pg', node_id: node, action_id: action, approval },
    ...{ kind: `agent.replicante.io/${kind}`, args },
  });

export const orchestratorAction = (action: string, kind: string, args: object, approval: string) =>
  manifest('OAction', {
    ...{ ns_id: 'default', cluster_id: 'pg', action_id: action, approval },
    ...{ kind: `core.replicante.io/${kind}`, args },
  });
