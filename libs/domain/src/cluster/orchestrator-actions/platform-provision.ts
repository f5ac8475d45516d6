import type { Json } from '@replicante/kernel';
import { sameJson } from '@replicante/kernel';
import type { OrchestratorAction } from '../../model/action.js';
import { PLATFORM_PROVISION } from '../../model/action.js';
import type { ClusterDefinition } from '../../model/cluster-spec.js';
import type { Platform, PlatformRef } from '../../model/platform.js';
import { samePlatform } from '../../model/platform.js';
import type { Cycle } from '../cycle/cycle.js';
import { notAfter } from '../cycle/cycle.js';
import type { ProvisionAttempt } from '../state.js';
import type { ActionHandler, HandlerResult } from './handler.js';
import { asRecord, failed } from './handler.js';

const DEFAULT_STABLE_AFTER_SECONDS = 300;
/** Asked under one key at most so often; then a discovery, or an operator, has to tell. */
const ASKS_AT_MOST = 10;
/** The worker's word that nothing was sent: the one refusal that is tried again under a new attempt. */
export const NOT_SENT = 'NOT_SENT';

/** domain-reference §8.6; `attempt_id` is ours. */
interface Payload {
  readonly attempt_id: string | null;
  readonly attempts: number;
  readonly requested: boolean;
  readonly expected: number | null;
  readonly starting_nodes: readonly string[];
  readonly candidate_nodes: readonly string[];
  readonly stable: string | null;
}

interface Request {
  readonly count: number;
  readonly node_group_id: string;
  readonly stableAfter: number;
}

interface Site {
  readonly definition: ClusterDefinition;
  readonly platform: Platform;
  readonly ref: PlatformRef;
  readonly idempotencyKeys: boolean;
}

const strings = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];

function payloadOf(action: OrchestratorAction): Payload {
  const p = asRecord(action.state_payload);
  return {
    attempt_id: typeof p['attempt_id'] === 'string' ? p['attempt_id'] : null,
    attempts: typeof p['attempts'] === 'number' ? p['attempts'] : 0,
    requested: p['requested'] === true,
    expected: typeof p['expected'] === 'number' ? p['expected'] : null,
    starting_nodes: strings(p['starting_nodes']),
    candidate_nodes: strings(p['candidate_nodes']),
    stable: typeof p['stable'] === 'string' ? p['stable'] : null,
  };
}

function requestOf(action: OrchestratorAction): Request | string {
  const args = asRecord(action.args);
  const request = asRecord(args['request'] ?? null);
  const { count, node_group_id } = request;
  const stableAfter = args['stable_after'] ?? DEFAULT_STABLE_AFTER_SECONDS;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 65_535)
    return 'args.request.count must be a whole number from 1 to 65535';
  if (typeof node_group_id !== 'string') return 'args.request.node_group_id must be a string';
  if (typeof stableAfter !== 'number' || stableAfter < 0)
    return 'args.stable_after must be seconds, 0 or more';
  return { count, node_group_id, stableAfter };
}

/** Where to provision, or why it cannot be done. An inactive platform makes no nodes: upstream forgot to check. */
function siteOf(cycle: Cycle, request: Request): Site | string {
  const { definition } = cycle.spec.declaration;
  const ref = cycle.spec.platform;
  if (!definition) return 'the spec has no declaration.definition';
  if (!ref) return 'the spec has no platform';
  if (!Object.hasOwn(definition.nodes, request.node_group_id))
    return `the definition has no node group '${request.node_group_id}'`;
  const { platform } = cycle.context;
  if (platform?.status !== 'known') return `platform '${ref.name}' does not exist`;
  if (!platform.platform.active) return `platform '${ref.name}' is inactive`;
  return { definition, platform: platform.platform, ref, idempotencyKeys: platform.view.idempotencyKeys };
}

const groupNodes = (cycle: Cycle, group: string): readonly string[] =>
  [...cycle.recorder.state.members.values()]
    .filter(m => m.discovered.node_group === group)
    .map(m => m.discovered.node_id)
    .sort();

/** One that does not answer must not gather calls; without room nothing is intended, for nothing would be sent. */
const isBusy = (cycle: Cycle, site: Site): boolean =>
  cycle.observation.platform_calls?.busy.includes(site.platform.url.base_url) ?? false;
const BUSY =
  'The platform has not answered earlier calls of this worker; it is asked once one of them has ended';

/** Intent first; the instruction leaves only with the answer of the call that appended it (safety.md §2, §3). */
function ask(
  cycle: Cycle,
  action: OrchestratorAction,
  request: Request,
  site: Site,
  attemptId: string,
): void {
  const { node_group_id, count } = request;
  cycle.recorder.emit({
    type: 'cluster.ProvisionIntended.v1',
    data: {
      ns_id: action.ns_id,
      cluster_id: action.cluster_id,
      action_id: action.action_id,
      attempt_id: attemptId,
      node_group_id,
      count,
      platform: site.ref,
      not_after: notAfter(cycle),
    },
  });
  const { base_url, tls_ca_bundle, tls_insecure_skip_verify, token } = site.platform.url;
  cycle.instructions.push({
    kind: 'provision',
    attempt_id: attemptId,
    not_after_ms: cycle.actWithinMs,
    platform: { base_url, tls_ca_bundle, tls_insecure_skip_verify, token },
    request: { cluster: site.definition, provision: { count, node_group_id } },
  });
}

function begin(cycle: Cycle, action: OrchestratorAction, request: Request, before: Payload): HandlerResult {
  const site = siteOf(cycle, request);
  if (typeof site === 'string') return failed('Cannot provision', site);
  // Whoever created this action: what may have been made already is waited for (safety.md §3).
  const others = [...cycle.recorder.state.provisions.values()].filter(
    p =>
      p.action_id !== action.action_id &&
      p.node_group_id === request.node_group_id &&
      (p.outcome === 'open' || p.outcome === 'unknown' || p.outcome === 'accepted'),
  );
  if (others.length > 0)
    return running(
      before,
      'PROVISION_OUTCOME_UNKNOWN',
      `An earlier call may have made a node of group ${request.node_group_id} that was not seen yet`,
      others.map(p => p.attempt_id),
    );
  if (isBusy(cycle, site)) return running(before, 'PLATFORM_BUSY', BUSY);
  const attempts = before.attempts + 1;
  const attemptId = cycle.context.deriveId(`provision ${action.action_id} ${attempts}`);
  ask(cycle, action, request, site, attemptId);
  const payload: Payload = {
    attempt_id: attemptId,
    attempts,
    requested: false,
    expected: null,
    starting_nodes: groupNodes(cycle, request.node_group_id),
    candidate_nodes: [],
    stable: null,
  };
  return running(payload, 'ATTEMPT_IN_FLIGHT', 'The platform is asked for a node', [attemptId]);
}

const running = (
  payload: Payload,
  reason:
    | 'ATTEMPT_IN_FLIGHT'
    | 'PLATFORM_BUSY'
    | 'PROVISION_OUTCOME_UNKNOWN'
    | 'WAITS_FOR_DISCOVERY'
    | 'WAITS_FOR_STABILITY',
  message: string,
  on: readonly string[] = [],
): HandlerResult => ({ state: 'RUNNING', payload: { ...payload }, waits: { reason, message, on } });

/** No outcome, and none can come any more: ask again under the same key where that is safe, else it is unknown. */
function overdue(
  cycle: Cycle,
  action: OrchestratorAction,
  request: Request,
  payload: Payload,
  attempt: ProvisionAttempt,
): HandlerResult {
  const site = siteOf(cycle, request);
  // A key means something to the platform that it was given to, and to no other.
  const sameSite = typeof site !== 'string' && samePlatform(action.ns_id, site.ref, attempt.platform);
  if (sameSite && site.idempotencyKeys && attempt.asks < ASKS_AT_MOST) {
    if (isBusy(cycle, site)) return running(payload, 'PLATFORM_BUSY', BUSY, [attempt.attempt_id]);
    ask(cycle, action, request, site, attempt.attempt_id);
    return running(payload, 'ATTEMPT_IN_FLIGHT', 'The platform is asked again under the same key', [
      attempt.attempt_id,
    ]);
  }
  if (attempt.outcome === 'open')
    cycle.recorder.emit({
      type: 'cluster.ProvisionSettled.v1',
      data: {
        ns_id: action.ns_id,
        cluster_id: action.cluster_id,
        action_id: action.action_id,
        attempt_id: attempt.attempt_id,
        outcome: 'unknown',
        count: null,
        node_ids: null,
        error: { error_msg: 'No outcome was reported before the attempt expired' },
        late: false,
      },
    });
  return running(
    payload,
    'PROVISION_OUTCOME_UNKNOWN',
    'Nobody knows whether the platform made the node; a later discovery, or an operator, tells',
    [attempt.attempt_id],
  );
}

/** It may still be sent, or this worker has the request on its way: its answer, or that there was none, is yet to come. */
const isAwaited = (cycle: Cycle, { attempt_id, outcome, not_after }: ProvisionAttempt): boolean =>
  (outcome === 'open' && cycle.recorder.nowMs <= Date.parse(not_after)) ||
  (cycle.observation.platform_calls?.awaited.includes(attempt_id) ?? false);

function awaitNodes(cycle: Cycle, request: Request, payload: Payload, expected: number): HandlerResult {
  const added = groupNodes(cycle, request.node_group_id).filter(id => !payload.starting_nodes.includes(id));
  const known: Payload = { ...payload, requested: true, expected };
  if (added.length < expected)
    return running(
      { ...known, stable: null },
      'WAITS_FOR_DISCOVERY',
      `Discovery shows ${added.length} of ${expected} new nodes`,
    );
  const unchanged = payload.stable !== null && sameJson(added, payload.candidate_nodes);
  const stable = unchanged && payload.stable !== null ? payload.stable : cycle.recorder.now;
  const settled: Payload = { ...known, candidate_nodes: added, stable };
  // Upstream tests the inverse, so that it is done at once.
  if (cycle.recorder.nowMs >= Date.parse(stable) + request.stableAfter * 1000)
    return { state: 'DONE', payload: { ...settled } };
  return running(settled, 'WAITS_FOR_STABILITY', `New nodes must stay the same for ${request.stableAfter} s`);
}

function proceed(
  cycle: Cycle,
  action: OrchestratorAction,
  request: Request,
  payload: Payload,
): HandlerResult {
  const attempt =
    payload.attempt_id === null ? undefined : cycle.recorder.state.provisions.get(payload.attempt_id);
  if (!attempt) return begin(cycle, action, request, payload);
  switch (attempt.outcome) {
    case 'open':
    case 'unknown':
      if (isAwaited(cycle, attempt))
        return running(payload, 'ATTEMPT_IN_FLIGHT', 'The platform was asked and has not answered yet', [
          attempt.attempt_id,
        ]);
      return overdue(cycle, action, request, payload, attempt);
    case 'refused':
      if (attempt.error?.error_msg === NOT_SENT) return begin(cycle, action, request, payload);
      return failed('The platform refused to provision', attempt.error?.error_msg);
    case 'not_shown':
      return failed('PROVISION_OUTCOME_UNKNOWN', 'A later discovery does not show the node');
    case 'accepted':
    case 'shown':
    case 'settled_by_operator':
      return awaitNodes(cycle, request, payload, attempt.count ?? 0);
  }
}

/**
 * Asks the platform for nodes and waits until its discovery has shown them, unchanged, for `stable_after` seconds.
 * It does not wait for their health. Provisioning is not idempotent: the intent is durable before the call, and an
 * attempt without an outcome is never repeated blindly.
 */
export const platformProvision: ActionHandler = {
  kind: PLATFORM_PROVISION,
  summary: 'Provisions nodes of one group',
  timeoutSeconds: 3600,
  invoke: (cycle, action) => {
    const request = requestOf(action);
    if (typeof request === 'string') return failed('Invalid arguments', request);
    return proceed(cycle, action, request, payloadOf(action));
  },
};
