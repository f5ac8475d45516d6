import type { CommandMetadata, Decision, Emitted } from '@replicante/kernel';
import { IDENTIFIER, accept, reject, sameJson } from '@replicante/kernel';
import { FLAP_CHANGES, within } from '../cluster/flapping.js';
import { compareClaim } from '../lease-claims.js';
import type { ObservedCluster } from '../model/observation.js';
import type { Platform } from '../model/platform.js';
import type { BeginDiscovery, PlatformAnswer, SubmitDiscovery } from './commands.js';
import type { PlatformContext } from './context.js';
import type { PlatformEvent } from './events.js';
import { missingKey } from './evolve.js';
import type { PlatformState, PlatformView } from './state.js';

type Result = Decision<PlatformEvent, PlatformAnswer>;

/** More than so many nodes *and* more than this share vanish at once: suspect (safety.md §4). */
const SUSPECT_NODES = 1;
const SUSPECT_SHARE = 0.25;

/** Whether the platform may be asked at all (domain-reference §10). Refusals are permanent: the task is abandoned. */
function scope(
  state: PlatformState,
  context: PlatformContext,
  { ns_id, name }: { readonly ns_id: string; readonly name: string },
): Platform | Extract<Result, { accepted: false }> {
  const { namespace } = context;
  if (namespace.status === 'absent')
    return reject({ code: 'NAMESPACE_NOT_FOUND', message: `Namespace '${ns_id}' does not exist` });
  if (namespace.namespace.status !== 'Active')
    return reject({
      code: 'NAMESPACE_NOT_ACTIVE',
      message: `Namespace '${ns_id}' is ${namespace.namespace.status}: discovery runs in Active namespaces only`,
    });
  if (state.status !== 'known')
    return reject({ code: 'PLATFORM_NOT_FOUND', message: `Platform '${ns_id}.${name}' does not exist` });
  if (!state.platform.active)
    return reject({ code: 'PLATFORM_INACTIVE', message: `Platform '${ns_id}.${name}' is inactive` });
  return state.platform;
}

export function beginDiscovery(
  { data }: BeginDiscovery,
  state: PlatformState,
  context: PlatformContext,
  metadata: CommandMetadata,
): Result {
  const platform = scope(state, context, data);
  if ('accepted' in platform) return platform;
  const { ns_id, name } = data;
  const claim = compareClaim(state.view.lease, metadata.lease, `discovery:${name}`);
  if (typeof claim === 'object') return reject(claim);
  const { base_url, tls_ca_bundle, tls_insecure_skip_verify, token } = platform.url;
  return accept<PlatformEvent, PlatformAnswer>(
    claim === 'taken' && metadata.lease
      ? [{ type: 'platform.LeaseTaken.v1', data: { ns_id, name, lease: metadata.lease } }]
      : [],
    {
      kind: 'discovery_plan',
      plan: {
        base_url,
        tls_ca_bundle,
        tls_insecure_skip_verify,
        token,
        interval_seconds: platform.discovery.interval,
      },
    },
  );
}

interface Reading {
  readonly clusters: readonly ObservedCluster[];
  readonly rejected: readonly string[];
  /** Known before, named now, unreadable: kept as they were and not told to their streams. */
  readonly kept: readonly ObservedCluster[];
}

/** Unfit cluster ids are left out; a cluster or node that is listed twice counts once, the first time. */
function read(
  answer: readonly ObservedCluster[],
  unreadable: readonly (string | null)[],
  view: PlatformView,
): Reading {
  const clusters = new Map<string, ObservedCluster>();
  const rejected = new Set<string>();
  for (const cluster of answer) {
    if (!IDENTIFIER.test(cluster.cluster_id)) rejected.add(cluster.cluster_id.slice(0, 200));
    else if (!clusters.has(cluster.cluster_id)) {
      const nodes = new Map<string, ObservedCluster['nodes'][number]>();
      for (const node of cluster.nodes) if (!nodes.has(node.node_id)) nodes.set(node.node_id, node);
      clusters.set(cluster.cluster_id, { cluster_id: cluster.cluster_id, nodes: [...nodes.values()] });
    }
  }
  const kept = Object.entries(view.clusters)
    .filter(([id]) => !clusters.has(id) && (unreadable.includes(id) || unreadable.includes(null)))
    .map(([cluster_id, nodes]) => ({ cluster_id, nodes }));
  return { clusters: [...clusters.values()], rejected: [...rejected].sort(), kept };
}

function vanished(view: PlatformView, reading: Reading) {
  const shown = new Map(
    [...reading.clusters, ...reading.kept].map(c => [c.cluster_id, new Set(c.nodes.map(n => n.node_id))]),
  );
  return Object.entries(view.clusters).flatMap(([cluster_id, nodes]) =>
    nodes.filter(n => !shown.get(cluster_id)?.has(n.node_id)).map(n => ({ cluster_id, node_id: n.node_id })),
  );
}

const shownBefore = (view: PlatformView): number =>
  Object.values(view.clusters).reduce((sum, nodes) => sum + nodes.length, 0);

/** The verdict names every cluster that this platform shows, or showed: the latter with no nodes. */
const verdict = (view: PlatformView, reading: Reading): PlatformAnswer => ({
  kind: 'discovery_verdict',
  verdict: {
    result: 'recorded',
    clusters: [
      ...reading.clusters,
      ...Object.keys(view.clusters)
        .filter(id => ![...reading.clusters, ...reading.kept].some(c => c.cluster_id === id))
        .map(cluster_id => ({ cluster_id, nodes: [] })),
    ],
  },
});

const withoutVerdict = (result: 'failed' | 'suspect'): PlatformAnswer => ({
  kind: 'discovery_verdict',
  verdict: { result, clusters: [] },
});

/** What of an answer is new, and what it means for the clusters that it names. */
function judge({ data }: SubmitDiscovery, { view }: PlatformState): Extract<Result, { accepted: true }> {
  const { ns_id, name, observation } = data;
  const { answer } = observation;
  if (!answer.ok)
    return judged(
      view.failing === answer.kind || answer.kind === 'not_polled'
        ? []
        : [
            {
              type: 'platform.PlatformUnavailable.v1',
              data: { ns_id, name, kind: answer.kind, error: answer.error },
            },
          ],
      withoutVerdict('failed'),
    );

  const events: Emitted<PlatformEvent>[] = [];
  if (view.failing !== null) events.push({ type: 'platform.PlatformRecovered.v1', data: { ns_id, name } });
  const reading = read(answer.value, observation.unreadable, view);
  const missing = vanished(view, reading);
  const before = shownBefore(view);
  const suspicious = missing.length > SUSPECT_NODES && missing.length > before * SUSPECT_SHARE;
  const keys = missing.map(missingKey).sort();
  const covered = view.suspect?.accepted === true && keys.every(key => view.suspect?.missing.includes(key));
  if (suspicious && !covered) {
    if (!sameJson(view.suspect, { missing: keys, accepted: false }))
      events.push({
        type: 'platform.PlatformAnswerSuspected.v1',
        data: { ns_id, name, shown_before: before, missing },
      });
    return judged(events, withoutVerdict('suspect'));
  }

  const all = [...reading.clusters, ...reading.kept];
  const shown = Object.fromEntries(all.map(c => [c.cluster_id, c.nodes]));
  const filled = { ...Object.fromEntries(Object.keys(view.clusters).map(id => [id, []])), ...shown };
  const changed = !sameJson(filled, view.clusters) || view.idempotencyKeys !== observation.idempotency_keys;
  if (changed || suspicious)
    events.push({
      type: 'platform.PlatformViewChanged.v1',
      data: {
        ns_id,
        name,
        clusters: all,
        rejected_cluster_ids: reading.rejected,
        idempotency_keys: observation.idempotency_keys,
        accepted_by_operator: suspicious,
      },
    });
  else if (view.suspect) events.push({ type: 'platform.PlatformAnswerCleared.v1', data: { ns_id, name } });
  return judged(events, verdict(view, reading));
}

const judged = (
  events: readonly Emitted<PlatformEvent>[],
  answer: PlatformAnswer,
): Extract<Result, { accepted: true }> => ({ accepted: true, events, answer });

/** safety.md §12 for answers of a platform, as for facts of nodes. */
const WINDOW_INTERVALS = 10;
const REST_INTERVALS = 2;
const FLAPPING = 'flapping';

/** Said once; until it rests nothing of what it answers counts, and what is known of its nodes stays. */
function flapping(
  { data: { ns_id, name, observation } }: SubmitDiscovery,
  { view }: PlatformState,
  { discovery }: Platform,
  nowMs: number,
): readonly Emitted<PlatformEvent>[] | null {
  const intervalMs = discovery.interval * 1000;
  if (view.failing === FLAPPING)
    return (observation.same_for_ms ?? 0) < REST_INTERVALS * intervalMs ? [] : null;
  const recent = within(view.changes, nowMs, WINDOW_INTERVALS * intervalMs);
  if (recent.length < FLAP_CHANGES) return null;
  const now = observation.answer.ok ? 'an answer that can be read' : observation.answer.error.error_msg;
  const error_msg = `its answers changed in ${recent.length + 1} of the last ${WINDOW_INTERVALS} discoveries, the last time to: ${now}`;
  return [
    { type: 'platform.PlatformUnavailable.v1', data: { ns_id, name, kind: FLAPPING, error: { error_msg } } },
  ];
}

export function submitDiscovery(
  command: SubmitDiscovery,
  state: PlatformState,
  context: PlatformContext,
  metadata: CommandMetadata,
): Result {
  const { data } = command;
  const platform = scope(state, context, data);
  if ('accepted' in platform) return platform;
  const claim = compareClaim(state.view.lease, metadata.lease, `discovery:${data.name}`);
  if (claim === 'taken')
    return reject({
      code: 'CYCLE_NOT_BEGUN',
      message: 'The lease is newer than the recorded one: begin again',
    });
  if (typeof claim === 'object') return reject(claim);

  const { answer } = data.observation;
  // Nobody asked: that says nothing of the platform.
  if (!answer.ok && answer.kind === 'not_polled') return judged([], withoutVerdict('failed'));
  const judgement = judge(command, state);
  const flaps = flapping(command, state, platform, Date.parse(metadata.now));
  const news = judgement.events.length > 0 || state.view.failing === FLAPPING;
  return flaps && news ? judged(flaps, withoutVerdict('failed')) : judgement;
}
