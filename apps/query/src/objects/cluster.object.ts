import type { CycleSample, DiscoveredNode, OrchestrateReport } from '@replicante/domain';
import type { ClusterView } from '@replicante/read-models';
import { ageSeconds, INTERVALS_FRESH } from './ages.js';
import { discoveredNodeObject } from './platform.object.js';

interface StoredDiscovery {
  readonly nodes: readonly DiscoveredNode[];
  readonly platform: { readonly ns_id: string; readonly name: string };
}

const platformRef = (ns: string | null, name: string | null) =>
  ns === null || name === null ? null : { nsId: ns, name };

export function clusterObject(row: ClusterView, now: number) {
  const discovery = row.discovery as StoredDiscovery | null;
  const report = row.report as OrchestrateReport | null;
  const lastCycle = row.sample && cycleObject(row.sample, row.interval_seconds, now);
  return {
    nsId: row.ns_id,
    clusterId: row.cluster_id,
    mark: row.mark,
    spec: row.spec,
    specRevision: row.spec === null ? null : row.spec_version,
    active: row.active ?? false,
    interval: row.interval_seconds,
    platform: platformRef(row.platform_ns_id, row.platform_name),
    revision: row.revision,
    updatedAt: row.updated_at,
    discovery: discovery && {
      platform: { nsId: discovery.platform.ns_id, name: discovery.platform.name },
      nodes: discovery.nodes.map(discoveredNodeObject),
      changedAt: row.discovered_at,
    },
    convergence: convergenceObject(row, lastCycle?.evaluated ?? false),
    lastCycle,
    evaluated: lastCycle?.evaluated ?? false,
    report: report && {
      mode: report.mode,
      startTime: report.start_time,
      notes: report.notes,
      recordedAt: row.report_recorded_at,
    },
  };
}
export type ClusterObject = ReturnType<typeof clusterObject>;

/** `interval` of the present spec: a faster one makes an old cycle stale at once. */
function cycleObject(sample: CycleSample, interval: number | null, now: number) {
  const staleAfterSeconds = INTERVALS_FRESH * (interval ?? sample.interval_seconds);
  const age = ageSeconds(sample.completed_at, now);
  return {
    cycleId: sample.cycle_id,
    beganAt: sample.began_at,
    completedAt: sample.completed_at,
    ageSeconds: age,
    mode: sample.mode,
    observer: sample.observer,
    leaseHolder: sample.lease?.holder ?? null,
    lease: sample.lease && { ...sample.lease, token: String(sample.lease.token) },
    specRevision: sample.spec_revision,
    revision: sample.revision,
    intervalSeconds: sample.interval_seconds,
    staleAfterSeconds,
    evaluated: age <= staleAfterSeconds,
  };
}

/** safety.md §12: the last cycle said so, it is the present, and it began with the present spec. */
function convergenceObject(row: ClusterView, evaluated: boolean) {
  const { sample } = row;
  const waitsFor = waitsForOf(row, evaluated);
  return {
    converged: waitsFor.length === 0,
    observedSpecRevision: sample?.spec_revision ?? null,
    waitsFor,
    changedAt: row.convergence_changed_at,
  };
}

function waitsForOf(
  { sample, spec, spec_version, revision }: ClusterView,
  evaluated: boolean,
): readonly string[] {
  if (spec === null) return ['the cluster has no spec'];
  if (!sample) return ['no cycle has completed yet'];
  if (!evaluated) return [`not evaluated since ${sample.completed_at}`];
  if (sample.spec_revision !== spec_version)
    return [
      `a cycle that begins with spec revision ${spec_version}: the last one began with ${sample.spec_revision}`,
    ];
  // The sample came by the bus and overtook the rows: what stands beside it is still the past.
  if (sample.revision > revision)
    return [`the read model: it shows revision ${revision}, the last cycle ended at ${sample.revision}`];
  if (sample.converged) return [];
  return sample.waits_for.length > 0
    ? sample.waits_for
    : ['the last cycle did not converge and did not say why'];
}
