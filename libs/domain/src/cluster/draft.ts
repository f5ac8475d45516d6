import type { ClusterState } from './state.js';

type Mutable<T> =
  T extends ReadonlyMap<infer K, infer V> ? Map<K, V> : T extends ReadonlySet<infer V> ? Set<V> : T;

/** A state being folded: its own maps, values shared. Never leaves the fold or the decision that opened it. */
export type ClusterDraft = { -readonly [K in keyof ClusterState]: Mutable<ClusterState[K]> };

/**
 * One copy of the maps per fold or decision instead of one per event: a cycle of 500 nodes appends hundreds of events,
 * and copying for each would make it quadratic.
 */
export const openDraft = (state: ClusterState): ClusterDraft => ({
  ...state,
  members: new Map(state.members),
  nodes: new Map(state.nodes),
  extras: new Map(state.extras),
  shards: new Map(state.shards),
  attributeChanges: new Map(state.attributeChanges),
  demoted: new Set(state.demoted),
  nodeActions: new Map(state.nodeActions),
  orchestratorActions: new Map(state.orchestratorActions),
  finishedActions: new Map(state.finishedActions),
  provisions: new Map(state.provisions),
  graces: new Map(state.graces),
  failures: new Map(state.failures),
  rejected: new Set(state.rejected),
  decisions: new Map(state.decisions),
  leases: new Map(state.leases),
});
