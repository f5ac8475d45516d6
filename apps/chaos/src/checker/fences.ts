import type { Evidence } from '../evidence/evidence.js';
import { intentsOf } from './attempts.js';
import { type Proof, fenceOrder, groupBy } from './proof.js';

/** Between a check of the clock and the first byte at the proxy: a loaded machine may wait so long between two steps. */
const WRITING_MS = 500;

/** None accepted below a higher accepted fence of the same work, none begun after its `notAfter`. */
export const fences: Proof = {
  number: '3',
  title: 'nothing was done under a lease that somebody else had taken over, nor after its time',
  violations: evidence => [
    ...atPlatform(evidence),
    ...atAgents(evidence),
    ...late(evidence),
    ...leases(evidence),
  ],
};

/** In the order of the platform's own log; without a journal it knows no fences, as platforms of others. */
function atPlatform({ platformCalls, idempotency }: Evidence): readonly string[] {
  if (!idempotency) return [];
  const done = platformCalls.filter(
    c => c.endpoint === 'provision' && c.phase === 'after' && c.outcome === 'done',
  );
  return falling('the platform', done);
}

/** In the order in which the agent accepted them; the fence is what went through the proxy with that attempt. */
function atAgents({ agentActions, sent }: Evidence): readonly string[] {
  const fenceOf = new Map(sent.map(s => [s.attemptId, s.fence]));
  return [...groupBy(agentActions, a => a.node)].flatMap(([node, actions]) => {
    const accepted = [...actions].sort((a, b) => a.sequence - b.sequence);
    return falling(
      `the agent of ${node}`,
      accepted.map(({ attempts }) => {
        const attemptId = attempts.find(a => a.startsWith('attempt:'))?.slice('attempt:'.length) ?? null;
        return { attemptId, fence: fenceOf.get(attemptId) ?? null };
      }),
    );
  });
}

function falling(
  who: string,
  effects: readonly { readonly attemptId: string | null; readonly fence: string | null }[],
): readonly string[] {
  let highest: string | undefined;
  const found: string[] = [];
  for (const { attemptId, fence } of effects) {
    if (fence === null) found.push(`${who} accepted attempt ${attemptId} without a fence`);
    else if (highest !== undefined && fenceOrder(fence) < fenceOrder(highest))
      found.push(`${who} accepted attempt ${attemptId} under ${fence} after ${highest}`);
    else highest = fence;
  }
  return found;
}

/** When it was written is when it had arrived at the proxy, whatever the proxy or a frozen peer did to it then. */
function late({ sent, events, eventsAheadMs }: Evidence): readonly string[] {
  const intents = intentsOf(events);
  return sent.flatMap(({ attemptId, arrivedAt, path }) => {
    // Asked again under the same key, an attempt has a time for each.
    const mine = attemptId === null ? undefined : intents.get(attemptId);
    const intent = mine?.filter(i => Date.parse(i.event.recordedAt) - eventsAheadMs <= arrivedAt).at(-1);
    const over = intent ? arrivedAt - (Date.parse(intent.notAfter) - eventsAheadMs) : 0;
    return over > WRITING_MS ? [`attempt ${attemptId}: ${path} was sent ${over} ms after its notAfter`] : [];
  });
}

/** Leases that a stream recorded rise within each work. */
function leases({ events }: Evidence): readonly string[] {
  const taken = events.filter(e => e.type.endsWith('.LeaseTaken.v1'));
  const of = (data: Evidence['events'][number]['data']) =>
    data['lease'] as { readonly work: string; readonly epoch: number; readonly token: number | string };
  const byWork = groupBy(taken, e => `${e.streamId} ${of(e.data).work}`);
  return [...byWork].flatMap(([work, some]) => {
    const orders = some.map(e => fenceOrder(`${of(e.data).epoch}.${of(e.data).token}`));
    return orders.some((order, i) => i > 0 && order < (orders[i - 1] ?? 0n))
      ? [`${work}: a lower lease was recorded after a higher one`]
      : [];
  });
}
