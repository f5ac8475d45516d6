import type { Evidence, StoredEvent } from '../evidence/evidence.js';
import { type Proof, groupBy, text } from './proof.js';

/** Intents as the events show them, of both kinds. */
export interface Intent {
  readonly attempt: string;
  readonly action: string;
  readonly kind: 'provision' | 'node action';
  readonly node: string | null;
  readonly notAfter: string;
  readonly event: StoredEvent;
}

/** By attempt, oldest first: a platform with idempotency keys is asked again under the same attempt (safety.md §3). */
export function intentsOf(events: readonly StoredEvent[]): ReadonlyMap<string, readonly Intent[]> {
  const intents = events.flatMap(event => {
    const kind = KINDS.get(event.type);
    if (!kind) return [];
    const { attempt_id, action_id, node_id, not_after } = event.data;
    return [
      {
        ...{ attempt: text(attempt_id), action: text(action_id), kind, notAfter: text(not_after), event },
        node: typeof node_id === 'string' ? node_id : null,
      },
    ];
  });
  return groupBy(intents, intent => intent.attempt);
}

const KINDS: ReadonlyMap<string, Intent['kind']> = new Map([
  ['cluster.ProvisionIntended.v1', 'provision'],
  ['cluster.NodeActionDispatched.v1', 'node action'],
]);

/** Per attempt id at most one effect, its intent durable before it; every intent ends; the disk equals the records. */
export const attempts: Proof = {
  number: '2',
  title: 'every effect has one attempt, every attempt at most one effect, and all have an end',
  violations: evidence => [
    ...provisions(evidence),
    ...agentActions(evidence),
    ...sentWithoutIntent(evidence),
    ...endless(evidence),
    ...disk(evidence),
  ],
};

/** What the platform did, from its own log. An effect cut off by a kill has a `before` alone: it may be done. */
function provisions({ platformCalls, nodes, idempotency }: Evidence): readonly string[] {
  const calls = platformCalls.filter(c => c.endpoint === 'provision');
  const done = calls.filter(c => c.phase === 'after' && c.outcome === 'done');
  const twice = [...groupBy(done, c => c.attemptId)].filter(([, same]) => same.length > 1);
  const made = nodes.flatMap(n => n.provisionAttempt ?? []);
  const doubled = [...groupBy(made, a => a)].filter(([, same]) => same.length > 1);
  const begun = calls.filter(c => c.phase === 'before').length;
  return [
    ...twice.map(([attempt, same]) => `attempt ${attempt}: the platform carried it out ${same.length} times`),
    ...doubled.map(([attempt, same]) => `attempt ${attempt}: ${same.length} nodes were made under it`),
    ...(nodes.length > begun ? [`${nodes.length} nodes on disk, ${begun} provisions were ever begun`] : []),
    ...(idempotency && made.length !== nodes.length ? ['a node on disk was made under no attempt'] : []),
  ];
}

function agentActions({ agentActions: actions, events }: Evidence): readonly string[] {
  const intents = intentsOf(events);
  const pairs = actions.flatMap(action => attemptIds(action.attempts).map(attempt => ({ attempt, action })));
  const twice = [...groupBy(pairs, p => p.attempt)].filter(([, same]) => same.length > 1);
  const foreign = pairs.filter(({ attempt, action }) => {
    const intent = intents.get(attempt)?.[0];
    return intent && (intent.action !== action.id || intent.node !== action.node);
  });
  return [
    ...twice.map(([attempt, same]) => `attempt ${attempt}: ${same.length} actions at agents`),
    ...foreign.map(
      ({ attempt, action }) => `attempt ${attempt}: action ${action.id} at ${action.node} is not its own`,
    ),
  ];
}

const attemptIds = (names: readonly string[]): readonly string[] =>
  names.flatMap(name => (name.startsWith('attempt:') ? [name.slice('attempt:'.length)] : []));

/** Nothing is sent but under an attempt whose intent was recorded before it left. */
function sentWithoutIntent({
  sent,
  platformCalls,
  agentActions: actions,
  events,
  eventsAheadMs,
}: Evidence): readonly string[] {
  const intents = intentsOf(events);
  const found: string[] = [];
  for (const { attemptId, arrivedAt, path } of sent) {
    const intent = attemptId === null ? undefined : intents.get(attemptId)?.[0];
    if (!intent) {
      found.push(`${path} was sent under attempt ${attemptId}, of which no intent is recorded`);
      continue;
    }
    const tooEarlyMs = Date.parse(intent.event.recordedAt) - eventsAheadMs - arrivedAt;
    if (tooEarlyMs > 0) found.push(`attempt ${attemptId}: sent ${tooEarlyMs} ms before its intent`);
  }
  const effects: readonly (string | null)[] = [
    ...platformCalls.filter(c => c.endpoint === 'provision').map(c => c.attemptId),
    ...actions.flatMap<string | null>(a => (a.attempts.length === 0 ? [null] : attemptIds(a.attempts))),
  ];
  for (const attempt of new Set(effects))
    if (attempt === null || !intents.has(attempt))
      found.push(`an effect under attempt ${attempt} has no intent`);
  return found;
}

/** What may end a node action's attempt, and a provision's; `unknown` is an end that says so. */
function endless({ events }: Evidence): readonly string[] {
  const found: string[] = [];
  for (const { attempt, action, kind, event } of [...intentsOf(events).values()].flat()) {
    const later = events.filter(e => e.streamId === event.streamId && e.revision > event.revision);
    const ended =
      kind === 'provision'
        ? later.some(e => e.type === 'cluster.ProvisionSettled.v1' && e.data['attempt_id'] === attempt)
        : later.some(e => actionOf(e) === action && ENDS_DISPATCH.has(e.type));
    if (!ended) found.push(`attempt ${attempt} (${kind}) has no end`);
  }
  return found;
}

const ENDS_DISPATCH = new Set([
  'cluster.NodeActionSynced.v1',
  'cluster.NodeActionScheduleFailed.v1',
  'cluster.NodeActionCancelled.v1',
  'cluster.NodeActionDispatched.v1',
]);

function actionOf({ data }: StoredEvent): unknown {
  const { action, action_id } = data;
  return typeof action === 'object' && action !== null && 'action_id' in action
    ? action.action_id
    : action_id;
}

/** Data directories and postmasters on disk are those of the records. */
function disk({ events, nodes, strayServers }: Evidence): readonly string[] {
  const discovered = events.filter(e => e.type === 'cluster.DiscoveryRecorded.v1').at(-1)?.data['discovery'];
  const recorded = new Set(
    (discovered as { readonly nodes: readonly { readonly node_id: string }[] } | undefined)?.nodes.map(
      n => n.node_id,
    ),
  );
  const onDisk = new Set(nodes.map(n => n.nodeId));
  return [
    ...[...onDisk].filter(n => !recorded.has(n)).map(n => `${n} is on disk and not in the records`),
    ...[...recorded].filter(n => !onDisk.has(n)).map(n => `${n} is in the records and not on disk`),
    ...nodes.filter(n => !n.serverRuns).map(n => `no postmaster works in the data directory of ${n.nodeId}`),
    ...strayServers.map(place => `a postmaster works in ${place}, which is no node's`),
  ];
}
