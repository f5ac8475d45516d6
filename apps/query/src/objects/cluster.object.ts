import type { DiscoveredNode, OrchestrateReport } from '@replicante/domain';
import type { ClusterView } from '@replicante/read-models';
import { ageSeconds, INTERVALS_FRESH } from './ages.js';
import { madeOf, type ObjectOf } from './object-type.js';
import { discoveredNodeObject } from './platform.object.js';

interface StoredDiscovery {
  readonly nodes: readonly DiscoveredNode[];
  readonly platform: { readonly ns_id: string; readonly name: string };
}

const { column, made, objectType } = madeOf<ClusterView>();
const CYCLE = ['sample', 'interval_seconds'] as const;
const CONVERGENCE = [...CYCLE, 'has_spec', 'spec_version', 'revision', 'convergence_changed_at'] as const;
type Cycle = Pick<ClusterView, (typeof CYCLE)[number]>;
type Converging = Pick<ClusterView, (typeof CONVERGENCE)[number]>;

export const CLUSTER = objectType({
  nsId: column('ns_id'),
  clusterId: column('cluster_id'),
  mark: column('mark'),
  spec: column('spec'),
  specRevision: made(['has_spec', 'spec_version'], row => (row.has_spec ? row.spec_version : null)),
  active: made(['active'], row => row.active ?? false),
  interval: column('interval_seconds'),
  platform: made(['platform_ns_id', 'platform_name'], ({ platform_ns_id: nsId, platform_name: name }) =>
    nsId === null || name === null ? null : { nsId, name },
  ),
  revision: column('revision'),
  updatedAt: column('updated_at'),
  discovery: made(['discovery', 'discovered_at'], row => {
    const discovery = row.discovery as StoredDiscovery | null;
    return (
      discovery && {
        platform: { nsId: discovery.platform.ns_id, name: discovery.platform.name },
        nodes: discovery.nodes.map(discoveredNodeObject),
        changedAt: row.discovered_at,
      }
    );
  }),
  convergence: made(CONVERGENCE, convergenceObject),
  lastCycle: made(CYCLE, cycleObject),
  evaluated: made(CYCLE, isEvaluated),
  report: made(['report', 'report_recorded_at'], row => {
    const report = row.report as OrchestrateReport | null;
    return (
      report && {
        mode: report.mode,
        startTime: report.start_time,
        notes: report.notes,
        recordedAt: row.report_recorded_at,
      }
    );
  }),
});
export type ClusterObject = ObjectOf<typeof CLUSTER>;

/** By the interval of the present spec: a faster one makes an old cycle stale at once. */
function cycleObject({ sample, interval_seconds }: Cycle, now: number) {
  if (sample === null) return null;
  const staleAfterSeconds = INTERVALS_FRESH * (interval_seconds ?? sample.interval_seconds);
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

function isEvaluated(row: Cycle, now: number): boolean {
  return cycleObject(row, now)?.evaluated ?? false;
}

/** safety.md §12: the last cycle said so, it is the present, and it began with the present spec. */
function convergenceObject(row: Converging, now: number) {
  const waitsFor = waitsForOf(row, isEvaluated(row, now));
  return {
    converged: waitsFor.length === 0,
    observedSpecRevision: row.sample?.spec_revision ?? null,
    waitsFor,
    changedAt: row.convergence_changed_at,
  };
}

function waitsForOf(
  { sample, has_spec, spec_version, revision }: Converging,
  evaluated: boolean,
): readonly string[] {
  if (!has_spec) return ['the cluster has no spec'];
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
