import type { CommandMetadata } from '@replicante/kernel';
import { sameJson } from '@replicante/kernel';
import type { ClusterSpec } from '../../model/cluster-spec.js';
import type { PlatformRef } from '../../model/platform.js';
import { samePlatform } from '../../model/platform.js';
import type { RecordDiscovery } from '../commands.js';
import type { ClusterContext } from '../context.js';
import { Recorder } from '../recorder.js';
import type { ClusterState } from '../state.js';
import { ruleKey } from '../state.js';
import { compareClaim, recordedLease } from '../../lease-claims.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';

/**
 * After an attempt's `not_after`, how long a platform may take to show what it made (safety.md §3). Longer than the
 * 20 s for which the worker awaits its answer: a request written at the last moment is still being worked on then.
 */
const SETTLE_MS = 30_000;
const ABSENCES = 3;

/** For a cluster that nobody declared: all defaults, nothing converges (domain-reference §2.3). */
export const syntheticSpec = (ns_id: string, cluster_id: string): ClusterSpec => ({
  ns_id,
  cluster_id,
  active: true,
  interval: 60,
  platform: null,
  declaration: {
    active: true,
    approval: 'granted',
    definition: null,
    graces: { expand: 5, init: 5, scale_up: 5 },
    timings_seconds: { expand: null, init: null, scale_up: null, stable_after: null },
    initialise: { mode: 'Auto', action_args: null, search: null },
    expand: { mode: 'Auto', target_member: null },
  },
});

/** Two platforms must not take turns in saying what a cluster is: the declared one, else the first, counts. */
function belongsElsewhere({ data }: RecordDiscovery, state: ClusterState): string | null {
  const same = (ref: PlatformRef): boolean => samePlatform(data.ns_id, ref, data.platform);
  const declared = state.spec.status === 'declared' ? state.spec.spec.platform : null;
  if (declared) return same(declared) ? null : declared.name;
  return state.platform && state.members.size > 0 && !same(state.platform) ? state.platform.name : null;
}

const SHOWN_RULE = { id: 'discovery', version: 1 };

/** Nothing of what the other platform shows is recorded; that it shows it is said in the cluster's own explanation. */
function sayItBelongsElsewhere(
  recorder: Recorder,
  { data: { platform, observed } }: RecordDiscovery,
  owner: string,
): void {
  const subject = `platform:${platform.name}`;
  const shown = observed.nodes.map(n => n.node_id);
  // It showed it once and shows it no more: of interest only where something was said.
  if (shown.length === 0 && !recorder.state.decisions.has(ruleKey(SHOWN_RULE.id, subject))) return;
  const facts = [
    { name: `platform:${platform.name}.nodes`, value: shown, observer: subject, age_ms: null },
    { name: 'platform', value: owner, observer: 'state', age_ms: null },
  ];
  recorder.record(
    SHOWN_RULE,
    shown.length > 0
      ? {
          subject,
          outcome: 'hold',
          reason: 'SHOWN_BY_OTHER_PLATFORM',
          message: `Platform ${platform.name} shows ${shown.length} nodes under this cluster's id; it belongs to platform ${owner}: nothing of that is recorded`,
          facts,
        }
      : {
          subject,
          outcome: 'hold',
          reason: 'NOT_SHOWN_BY_OTHER_PLATFORM',
          message: `Platform ${platform.name} no longer shows nodes under this cluster's id`,
          facts,
        },
  );
}

/** Counted at most once per interval, up to 3: a discovery asked for by hand does not hurry a node to its grave. */
function countAbsences(recorder: Recorder, { data }: RecordDiscovery): void {
  const shown = new Set(data.observed.nodes.map(n => n.node_id));
  const { ns_id, cluster_id } = data;
  for (const [node_id, { absent }] of [...recorder.state.members]) {
    if (shown.has(node_id)) {
      if (absent) recorder.emit({ type: 'cluster.NodeReappeared.v1', data: { ns_id, cluster_id, node_id } });
      continue;
    }
    const absences = (absent?.absences ?? 0) + 1;
    if (absences > ABSENCES) continue;
    const since = absent?.since ?? data.began_at;
    const intervals = absences === ABSENCES ? ABSENCES : absences - 1;
    if (Date.parse(data.began_at) - Date.parse(since) < intervals * data.interval_seconds * 1000) continue;
    recorder.emit({
      type: 'cluster.NodeAbsenceCounted.v1',
      data: { ns_id, cluster_id, node_id, absences, since },
    });
  }
}

/** A discovery that began after an unknown attempt could have had its effect tells what became of it. */
function settleUnknown(recorder: Recorder, { data }: RecordDiscovery): void {
  for (const attempt of [...recorder.state.provisions.values()]) {
    // Nobody asks about an attempt any more once its action has ended: it would block its group for ever.
    const abandoned =
      (attempt.outcome === 'open' || attempt.outcome === 'accepted') &&
      !recorder.state.orchestratorActions.has(attempt.action_id);
    if (attempt.outcome !== 'unknown' && !abandoned) continue;
    if (!samePlatform(data.ns_id, attempt.platform, data.platform)) continue;
    if (Date.parse(data.began_at) <= Date.parse(attempt.not_after) + SETTLE_MS) continue;
    const action = recorder.state.orchestratorActions.get(attempt.action_id);
    const payload = action?.state_payload;
    const starting =
      payload !== null && typeof payload === 'object' && !Array.isArray(payload)
        ? (payload as Readonly<Record<string, unknown>>)['starting_nodes']
        : [];
    const known = new Set(Array.isArray(starting) ? starting : []);
    const added = data.observed.nodes.filter(
      n => n.node_group === attempt.node_group_id && !known.has(n.node_id),
    );
    recorder.emit({
      type: 'cluster.ProvisionSettled.v1',
      data: {
        ns_id: data.ns_id,
        cluster_id: data.cluster_id,
        action_id: attempt.action_id,
        attempt_id: attempt.attempt_id,
        outcome: added.length > 0 ? 'shown' : 'not_shown',
        count: added.length > 0 ? added.length : null,
        node_ids: added.length > 0 ? added.map(n => n.node_id) : null,
        error: null,
        late: false,
      },
    });
  }
}

/** One cluster's part of a discovery that counts (domain-reference §10, safety.md §3, §4). */
export function recordDiscovery(
  command: RecordDiscovery,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
  revision: number,
): ClusterDecision {
  const { data } = command;
  const { ns_id, cluster_id } = data;
  const work = `discovery:${data.platform.name}`;
  const claim = compareClaim(recordedLease(state, work), metadata.lease, work);
  if (typeof claim === 'object') return refuse(claim);
  const recorder = new Recorder(state, revision, metadata, context, null);
  const elsewhere = belongsElsewhere(command, state);
  if (elsewhere !== null) {
    // Nothing explains a cluster that has no spec.
    if (state.spec.status !== 'declared' && state.spec.status !== 'synthetic')
      return refuse({
        code: 'CLUSTER_DECLARED_ELSEWHERE',
        message: `Cluster '${ns_id}.${cluster_id}' belongs to platform '${elsewhere}'`,
      });
    sayItBelongsElsewhere(recorder, command, elsewhere);
    return done(recorder.events);
  }
  if (state.spec.status === 'absent' && data.observed.nodes.length > 0)
    recorder.emit({
      type: 'cluster.ClusterSpecApplied.v1',
      data: { spec: syntheticSpec(ns_id, cluster_id), synthetic: true },
    });
  if (claim === 'taken' && metadata.lease)
    recorder.emit({ type: 'cluster.LeaseTaken.v1', data: { ns_id, cluster_id, lease: metadata.lease } });
  const discovery = { ns_id, cluster_id, nodes: data.observed.nodes };
  // That the platform shows none is a fact for whoever declared it: nothing is provisioned before it is known.
  const unasked =
    state.spec.status !== 'declared' && state.discovery === null && discovery.nodes.length === 0;
  if (!unasked && !sameJson(state.discovery, discovery))
    recorder.emit({
      type: 'cluster.DiscoveryRecorded.v1',
      data: { discovery, before: state.discovery, platform: data.platform },
    });
  countAbsences(recorder, command);
  settleUnknown(recorder, command);
  return done(recorder.events);
}
