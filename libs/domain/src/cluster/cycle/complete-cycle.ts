import type { CommandMetadata } from '@replicante/kernel';
import type { CycleSample } from '../sample.js';
import { reportKeys } from '../report-keys.js';
import type { Convergence } from './convergence.js';
import { convergenceOf } from './convergence.js';
import { ruleView } from './converge.js';
import type { Cycle } from './cycle.js';

function recordConvergence(cycle: Cycle, convergence: Convergence): void {
  const { recorder, specRevision } = cycle;
  const before = recorder.state.convergence;
  const same =
    before !== null &&
    before.converged === convergence.converged &&
    (!convergence.converged || before.spec_revision === specRevision);
  if (same) return;
  recorder.emit({
    type: 'cluster.ConvergenceChanged.v1',
    data: {
      ns_id: cycle.spec.ns_id,
      cluster_id: cycle.spec.cluster_id,
      converged: convergence.converged,
      spec_revision: specRevision,
      healthy: convergence.healthy,
      nodes: convergence.nodes,
      primaries: convergence.primaries,
      secondaries: convergence.secondaries,
      waits_for: convergence.waitsFor,
    },
  });
}

function recordReport(cycle: Cycle, beganAt: string): void {
  const report = {
    ns_id: cycle.spec.ns_id,
    cluster_id: cycle.spec.cluster_id,
    mode: cycle.mode,
    notes: cycle.notes,
    start_time: beganAt,
  };
  if (reportKeys(report) !== cycle.recorder.state.reportKeys)
    cycle.recorder.emit({ type: 'cluster.OrchestrateReportRecorded.v1', data: { report } });
}

/** Report, convergence and the sample that ends a cycle. `revisionBefore`: of the stream when the cycle was decided. */
export function completeCycle(cycle: Cycle, metadata: CommandMetadata, revisionBefore: number): CycleSample {
  const { recorder, observation, spec } = cycle;
  const before = (ms: number): string => new Date(recorder.nowMs - ms).toISOString();
  const beganAt = before(observation.cycle_age_ms);
  const { nodes } = ruleView(cycle);
  recordReport(cycle, beganAt);
  const convergence = convergenceOf(
    recorder.state,
    spec,
    nodes,
    cycle.specRevision,
    observation.spec_revision,
    cycle,
  );
  recordConvergence(cycle, convergence);
  const { lease } = metadata;
  return {
    ns_id: spec.ns_id,
    cluster_id: spec.cluster_id,
    cycle_id: observation.cycle_id,
    mode: cycle.mode,
    began_at: beganAt,
    completed_at: recorder.now,
    interval_seconds: spec.interval,
    revision: revisionBefore + recorder.events.length,
    spec_revision: observation.spec_revision,
    converged: convergence.converged,
    waits_for: convergence.waitsFor,
    observer: observation.observer,
    lease: lease ? { epoch: lease.epoch, token: lease.token, holder: lease.holder } : null,
    nodes: nodes
      .filter(n => n.age_ms !== null)
      .map(n => ({
        node_id: n.id,
        node_status: cycle.present.get(n.id)?.status ?? n.node.node_status,
        error: cycle.present.get(n.id)?.error ?? null,
        observed_at: before(n.age_ms ?? 0),
        shards: cycle.samples.get(n.id)?.shards ?? [],
        volatile: cycle.samples.get(n.id)?.volatile ?? {},
      })),
    flapping: recorder.restless,
  };
}
