import type { NamespaceState } from '../../namespace/state.js';
import type { ClusterSpec } from '../../model/cluster-spec.js';
import type { OrchestrateMode } from '../../model/report.js';
import type { Rejection } from '@replicante/kernel';
import type { CyclePlan } from '../commands.js';
import type { ClusterState } from '../state.js';

export type CycleScope =
  | {
      readonly ok: true;
      readonly spec: ClusterSpec;
      readonly specRevision: number;
      readonly mode: OrchestrateMode;
    }
  | { readonly ok: false; readonly rejection: Rejection };

/** Whether a cycle may run, and in which mode (domain-reference §9.3). Refusals are permanent: the task is abandoned. */
export function cycleScope(
  state: ClusterState,
  namespace: NamespaceState,
  ids: { readonly ns_id: string; readonly cluster_id: string },
): CycleScope {
  const refuse = (code: Rejection['code'], message: string): CycleScope => ({
    ok: false,
    rejection: { code, message },
  });
  if (namespace.status === 'absent')
    return refuse('NAMESPACE_NOT_FOUND', `Namespace '${ids.ns_id}' does not exist`);
  const { status } = namespace.namespace;
  if (status === 'Inactive') return refuse('NAMESPACE_NOT_ACTIVE', `Namespace '${ids.ns_id}' is Inactive`);
  const { spec } = state;
  if (spec.status === 'absent' || spec.status === 'deleted')
    return refuse('CLUSTER_NOT_FOUND', `ClusterSpec '${ids.ns_id}.${ids.cluster_id}' does not exist`);
  if (!spec.spec.active)
    return refuse('CLUSTER_INACTIVE', `ClusterSpec '${ids.ns_id}.${ids.cluster_id}' is inactive`);
  const mode = status === 'Active' ? 'sync' : status === 'Observed' ? 'observe' : 'delete';
  return { ok: true, spec: spec.spec, specRevision: spec.revision, mode };
}

/** What the worker polls: every member, in discovery order, with the actions to ask about. */
export function cyclePlan(
  state: ClusterState,
  namespace: NamespaceState,
  scope: CycleScope & { ok: true },
  cycleId: string,
): CyclePlan {
  const settings = namespace.status === 'known' ? namespace.namespace : null;
  const openByNode = new Map<string, string[]>();
  for (const { action } of state.nodeActions.values()) {
    const ids = openByNode.get(action.node_id) ?? [];
    openByNode.set(action.node_id, [...ids, action.action_id]);
  }
  return {
    cycle_id: cycleId,
    mode: scope.mode,
    spec_revision: scope.specRevision,
    interval_seconds: scope.spec.interval,
    ca_bundle: settings?.tls.ca_bundle ?? null,
    agent_token: settings?.agents.token ?? null,
    nodes: [...state.members.values()].map(({ discovered }) => ({
      node_id: discovered.node_id,
      agent_address: discovered.agent_address,
      action_ids: (openByNode.get(discovered.node_id) ?? []).sort(),
    })),
  };
}
