import type { NodeAction, OrchestratorAction } from '../../model/action.js';
import type { ClusterDeclaration, ClusterSpec } from '../../model/cluster-spec.js';
import { SimulatedCluster, specOf } from '../simulated-cluster.fixture.js';

export const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;

/** A spec of `count` nodes whose declaration differs in these. */
export const declaring = (count: number, change: Partial<ClusterDeclaration>): ClusterSpec =>
  specOf(count, s => ({ ...s, declaration: { ...s.declaration, ...change } }));

/** Declared; its nodes exist, fresh, and discovery shows them. No cycle has run. */
export function fresh(count: number, spec: ClusterSpec = specOf(count)): SimulatedCluster {
  const cluster = new SimulatedCluster();
  cluster.apply(spec);
  for (let i = 0; i < count; i += 1) cluster.addNode();
  cluster.discover();
  return cluster;
}

/** A discovery that shows these nodes, each in its group. */
export function discoverIn(
  cluster: SimulatedCluster,
  groupOf: Readonly<Record<string, string | null>>,
): void {
  cluster.execute(
    {
      type: 'RecordDiscovery',
      data: {
        ...ids,
        platform: { ns_id: 'ns', name: 'local' },
        observed: {
          cluster_id: 'pg',
          nodes: Object.entries(groupOf).map(([node_id, node_group]) => ({
            node_id,
            agent_address: `http://${node_id}`,
            node_class: 'small',
            node_group,
          })),
        },
        began_at: new Date(cluster.nowMs).toISOString(),
        interval_seconds: 10,
      },
    },
    cluster.discoveryLease,
  );
}

/** Notes of the last report, as category and words. */
export function notesOf(cluster: SimulatedCluster): readonly (readonly [string, string])[] {
  const last = cluster.log.findLast(e => e.event.type === 'cluster.OrchestrateReportRecorded.v1')?.event;
  return last?.type === 'cluster.OrchestrateReportRecorded.v1'
    ? last.data.report.notes.map(n => [n.category, n.message] as const)
    : [];
}

export const nodeActionsOf = (cluster: SimulatedCluster): readonly NodeAction[] =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.NodeActionCreated.v1' ? [event.data.action] : [],
  );
export const orchestratorActionsOf = (cluster: SimulatedCluster): readonly OrchestratorAction[] =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.OrchestratorActionCreated.v1' ? [event.data.action] : [],
  );

/** An action of a person's, which waits for approval: it is there, and nothing comes of it. */
export const nodeActionByHand = (cluster: SimulatedCluster, kind: string, node_id = 'pg-1'): void =>
  void cluster.execute({
    type: 'CreateNodeAction',
    data: {
      action: { ...ids, node_id, action_id: `by-hand ${kind}`, args: null, kind, metadata: {} },
      approval: 'required',
    },
  });

export const nodeOf = (cluster: SimulatedCluster, id: string) => {
  const node = cluster.nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
};

/** As the spec and the state say it, and as the worker saw it. */
export const said = (observer: 'spec' | 'state', name: string, value: unknown) => ({
  name,
  value,
  observer,
  age_ms: null,
});
export const seen = (id: string, value: string) => ({
  name: `node:${id}.status`,
  value,
  observer: 'worker-1',
  age_ms: value === 'NOT_POLLED' ? null : 5,
});
