import type { ClusterSpec } from '../../model/cluster-spec.js';
import { CONVERGENCE_RULES } from '../rules/index.js';
import type { NodeView } from '../rules/view.js';
import { inService, statusText } from '../rules/view.js';
import type { ClusterState } from '../state.js';
import { flappingError } from './flapping-node.js';
import type { Cycle } from './cycle.js';

export interface Convergence {
  readonly converged: boolean;
  readonly healthy: number;
  readonly nodes: number;
  readonly primaries: number;
  readonly secondaries: number;
  /** What is missing, for people; empty when converged. */
  readonly waitsFor: readonly string[];
}

const groupsShort = (spec: ClusterSpec, nodes: readonly NodeView[]): readonly string[] =>
  Object.entries(spec.declaration.definition?.nodes ?? {}).flatMap(([id, group]) => {
    const present = nodes.filter(n => n.member.discovered.node_group === id && !n.member.absent).length;
    return present === group.desired_count
      ? []
      : [`group ${id} has ${present} of ${group.desired_count} nodes`];
  });

/** Its status and why, in one sentence. */
function whatIsWrong(node: NodeView, flaps: boolean, { present, seen }: Seen): string {
  if (node.age_ms === null) {
    const why = seen.get(node.id)?.node;
    const reason = why && !why.ok ? ` (${why.error.error_msg})` : '';
    return `not polled${reason}, last known as ${statusText(node.node)}`;
  }
  const reading = present.get(node.id);
  if (flaps && reading) return flappingError(reading).error_msg;
  if (node.quarantine !== null) return `quarantined: ${node.quarantine}`;
  const why = reading?.error?.error_msg;
  return `${statusText(node.node)}${why === undefined ? '' : `: ${why}`}`;
}

type Seen = Pick<Cycle, 'present' | 'seen'>;

/** Every rule must have spoken for this spec revision, and its latest word must be that nothing is left to do. */
function rulesOpen(state: ClusterState, specRevision: number): readonly string[] {
  const latest = [...state.decisions.values()].filter(d => d.spec_revision === specRevision);
  const silent = CONVERGENCE_RULES.filter(rule => !latest.some(d => d.rule === rule.id)).map(
    rule => `${rule.id} has not decided for this spec`,
  );
  return [...silent, ...latest.filter(d => !d.settled).map(d => `${d.rule} (${d.subject}): ${d.reason}`)];
}

/**
 * Converged at spec revision R (safety.md §12): every group at its count; every node HEALTHY and seen within two
 * intervals by a cycle that began after R; a primary; no unfinished action; every rule's latest decision for R settled.
 */
export function convergenceOf(
  state: ClusterState,
  spec: ClusterSpec,
  nodes: readonly NodeView[],
  specRevision: number,
  begunWithRevision: number,
  cycle: Seen,
): Convergence {
  const healthy = nodes.filter(inService);
  const roles = healthy.map(n => n.shards.filter(s => s.fresh).map(s => s.role));
  const primaries = roles.filter(r => r.includes('Primary')).length;
  const secondaries = roles.filter(r => r.includes('Secondary') && !r.includes('Primary')).length;
  const open = state.nodeActions.size + state.orchestratorActions.size;
  const waitsFor = [
    ...(begunWithRevision === specRevision ? [] : ['a cycle that begins after the spec was applied']),
    ...groupsShort(spec, nodes),
    ...(nodes.length === 0 ? ['a node'] : []),
    ...nodes
      .filter(n => !inService(n))
      .map(n => `${n.id} is ${whatIsWrong(n, state.nodes.get(n.id)?.flapping ?? false, cycle)}`),
    ...(primaries > 0 ? [] : ['a primary']),
    ...(open === 0 ? [] : [`${open} unfinished ${open === 1 ? 'action' : 'actions'}`]),
    ...rulesOpen(state, specRevision),
  ];
  return {
    converged: waitsFor.length === 0,
    healthy: healthy.length,
    nodes: nodes.length,
    primaries,
    secondaries,
    waitsFor,
  };
}
