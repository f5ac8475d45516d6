import { TOPICS } from '@replicante/contracts';
import type { CycleSample } from '@replicante/domain';
import { openPostgresEventBus } from '@replicante/event-bus-postgres';
import type { BusSubscription, EventBus } from '@replicante/event-bus';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '../rig/answer-parent.js';

export type SamplesRequest =
  | { readonly kind: 'follow'; readonly url: string }
  /** Clusters that completed a cycle so far. */
  | { readonly kind: 'seen' }
  /** What was completed between two instants of the wall clock; then follows no more. */
  | { readonly kind: 'sum'; readonly fromMs: number; readonly toMs: number };

export interface Samples {
  readonly clusters: number;
  readonly cycles: number;
  /** Polled, decided and recorded: nodes of completed cycles that were asked in that cycle and answered. */
  readonly nodes: number;
  /** Milliseconds from a fact's observation to the decision on it. */
  readonly age: Latency | null;
  /** Milliseconds from the same node's fact of the cycle before to the decision: the oldest that was believed. */
  readonly known: Latency | null;
}

interface Cycle {
  readonly cluster: string;
  readonly completedMs: number;
  /** Of nodes that were asked and answered. */
  readonly observedMs: ReadonlyMap<string, number>;
}

const cycles: Cycle[] = [];
let following: { readonly bus: EventBus; readonly subscription: BusSubscription } | undefined;

function keep(value: string | null): void {
  if (value === null) return;
  const { data } = JSON.parse(value) as { readonly data: CycleSample };
  const answered = data.nodes.filter(({ node_status }) => node_status !== 'UNREACHABLE');
  cycles.push({
    cluster: data.cluster_id,
    completedMs: Date.parse(data.completed_at),
    observedMs: new Map(answered.map(({ node_id, observed_at }) => [node_id, Date.parse(observed_at)])),
  });
}

async function follow(url: string): Promise<void> {
  const bus = await openPostgresEventBus({ connectionString: url });
  const subscription = await bus.subscribe({
    topics: [TOPICS.samples],
    from: 'earliest',
    handler: async records => {
      for (const { value } of records) keep(value);
    },
  });
  await subscription.ready;
  following = { bus, subscription };
}

function sum(fromMs: number, toMs: number): Samples {
  const ages: number[] = [];
  const known: number[] = [];
  const before = new Map<string, ReadonlyMap<string, number>>();
  let counted = 0;
  for (const cycle of cycles.sort((a, b) => a.completedMs - b.completedMs)) {
    const earlier = before.get(cycle.cluster);
    before.set(cycle.cluster, new Map([...(earlier ?? []), ...cycle.observedMs]));
    if (cycle.completedMs < fromMs || cycle.completedMs >= toMs) continue;
    counted += 1;
    for (const [node, observedMs] of cycle.observedMs) {
      ages.push(cycle.completedMs - observedMs);
      const last = earlier?.get(node);
      if (last !== undefined) known.push(cycle.completedMs - last);
    }
  }
  const latency = (of: readonly number[]): Latency | null => (of.length === 0 ? null : latencyOf(of));
  return {
    clusters: before.size,
    cycles: counted,
    nodes: ages.length,
    age: latency(ages),
    known: latency(known),
  };
}

answerParent<SamplesRequest, Samples>(async request => {
  if (request.kind === 'follow') await follow(request.url);
  if (request.kind !== 'sum')
    return {
      clusters: new Set(cycles.map(({ cluster }) => cluster)).size,
      cycles: cycles.length,
      nodes: 0,
      age: null,
      known: null,
    };
  await following?.subscription.close();
  await following?.bus.close();
  return sum(request.fromMs, request.toMs);
});
