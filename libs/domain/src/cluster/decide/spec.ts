import { sameJson } from '@replicante/kernel';
import type { ApplyClusterSpec, DeleteClusterSpec, RequestCycle } from '../commands.js';
import type { ClusterContext } from '../context.js';
import type { ClusterState } from '../state.js';
import { namespaceGate } from '../../namespace/gate.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';

/** Full replace. Appends nothing when it changes nothing; declaring a synthetic spec is a change. */
export function applySpec(
  { data: { spec } }: ApplyClusterSpec,
  state: ClusterState,
  context: ClusterContext,
): ClusterDecision {
  const gate = namespaceGate(context.namespace, spec.ns_id);
  if (gate) return refuse(gate);
  if (state.spec.status === 'declared' && sameJson(state.spec.spec, spec)) return done();
  return done([{ type: 'cluster.ClusterSpecApplied.v1', data: { spec, synthetic: false } }]);
}

/** Missing or deleted already: done. Discovery, nodes and actions remain as history (domain-reference §2.0). */
export function deleteSpec({ data }: DeleteClusterSpec, state: ClusterState): ClusterDecision {
  if (state.spec.status === 'absent' || state.spec.status === 'deleted') return done();
  return done([
    { type: 'cluster.ClusterSpecDeleted.v1', data: { ns_id: data.ns_id, cluster_id: data.cluster_id } },
  ]);
}

export function requestCycle({ data }: RequestCycle, state: ClusterState): ClusterDecision {
  const { ns_id, cluster_id } = data;
  if (state.spec.status === 'absent' || state.spec.status === 'deleted')
    return refuse({
      code: 'CLUSTER_NOT_FOUND',
      message: `ClusterSpec '${ns_id}.${cluster_id}' does not exist`,
    });
  if (!state.spec.spec.active)
    return refuse({ code: 'CLUSTER_INACTIVE', message: `ClusterSpec '${ns_id}.${cluster_id}' is inactive` });
  return done([{ type: 'cluster.CycleRequested.v1', data: { ns_id, cluster_id } }]);
}
