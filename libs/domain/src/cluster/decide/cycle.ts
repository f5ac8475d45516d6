import type { CommandMetadata } from '@replicante/kernel';
import type { BeginCycle, SubmitObservation } from '../commands.js';
import type { ClusterContext } from '../context.js';
import { completeCycle } from '../cycle/complete-cycle.js';
import { converge, ruleView } from '../cycle/converge.js';
import type { Cycle } from '../cycle/cycle.js';
import { cyclePlan, cycleScope } from '../cycle/plan.js';
import { removeGoneNodes } from '../cycle/remove-gone-nodes.js';
import { runOrchestratorActions } from '../cycle/run-orchestrator-actions.js';
import { scheduleNodeActions } from '../cycle/schedule-node-actions.js';
import { recordIdentity } from '../cycle/record-identity.js';
import { syncNode } from '../cycle/sync-node.js';
import { Recorder } from '../recorder.js';
import type { ClusterState } from '../state.js';
import { compareClaim, recordedLease } from '../../lease-claims.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';

const WORK = 'cycle';

/** Records a new lease before it answers, so that even a cycle that changes nothing fences the older holder. */
export function beginCycle(
  { data }: BeginCycle,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
): ClusterDecision {
  const scope = cycleScope(state, context.namespace, data);
  if (!scope.ok) return refuse(scope.rejection);
  const claim = compareClaim(recordedLease(state, WORK), metadata.lease, WORK);
  if (typeof claim === 'object') return refuse(claim);
  const { ns_id, cluster_id } = data;
  return done(
    claim === 'taken' && metadata.lease
      ? [{ type: 'cluster.LeaseTaken.v1', data: { ns_id, cluster_id, lease: metadata.lease } }]
      : [],
    { kind: 'cycle_plan', plan: cyclePlan(state, context.namespace, scope, data.cycle_id) },
  );
}

/**
 * One cycle, from what was seen to what is to be done: sync the nodes, schedule node actions, run orchestrator actions,
 * converge, report (domain-reference §9.5). Facts come before the decisions that stand on them.
 */
export function submitObservation(
  { data }: SubmitObservation,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
  revision: number,
): ClusterDecision {
  const scope = cycleScope(state, context.namespace, data);
  if (!scope.ok) return refuse(scope.rejection);
  const claim = compareClaim(recordedLease(state, WORK), metadata.lease, WORK);
  if (claim === 'taken')
    return refuse({
      code: 'CYCLE_NOT_BEGUN',
      message: 'The lease is newer than the recorded one: begin the cycle again',
    });
  if (typeof claim === 'object') return refuse(claim);

  const { observation } = data;
  const cycle: Cycle = {
    spec: scope.spec,
    specRevision: scope.specRevision,
    mode: scope.mode,
    observation,
    context,
    recorder: new Recorder(state, revision, metadata, context, observation.cycle_id, observation.flapping),
    actWithinMs: data.act_within_ms,
    seen: new Map(observation.nodes.map(n => [n.node_id, n])),
    present: new Map(),
    notes: [],
    instructions: [],
    samples: new Map(),
    actionsKnown: new Set(),
  };
  const runningBefore = [...state.orchestratorActions.values()]
    .filter(a => a.state === 'RUNNING')
    .map(a => a.action_id);
  recordIdentity(cycle);
  for (const seen of observation.nodes) if (state.members.has(seen.node_id)) syncNode(cycle, seen);
  removeGoneNodes(cycle);
  scheduleNodeActions(cycle, runningBefore);
  runOrchestratorActions(cycle);
  converge(cycle, ruleView(cycle));
  const sample = completeCycle(cycle, metadata, revision);
  return done(cycle.recorder.events, {
    kind: 'cycle_verdict',
    verdict: { instructions: cycle.instructions, sample },
  });
}
