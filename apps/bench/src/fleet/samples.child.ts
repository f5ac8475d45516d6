import { sampleKey, TOPICS } from '@replicante/contracts';
import type { CycleSample } from '@replicante/domain';
import type { BusSubscription, EventBus } from '@replicante/event-bus';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';
import type { BusAddress } from './bus-address.js';
import { openBus } from './bus-address.js';
import type { Gaps, SeenCycle } from './seen-cycles.js';
import { gaps, lateness } from './seen-cycles.js';

export type SamplesRequest =
  | { readonly kind: 'follow'; readonly bus: BusAddress }
  /** Clusters that completed a cycle since an instant of the wall clock; default: ever. */
  | { readonly kind: 'seen'; readonly sinceMs?: number }
  /** What a fault cost: `gaps` of the answer. */
  | { readonly kind: 'gaps'; readonly fromMs: number; readonly toMs: number; readonly intervalMs: number }
  /** What was due between two instants of the wall clock and has been completed; then follows no more. */
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
  /** Milliseconds from when a cycle was due to when it began. */
  readonly late: Latency | null;
  readonly gaps: Gaps | null;
}

interface Cycle extends SeenCycle {
  readonly intervalMs: number;
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
    key: sampleKey(data),
    intervalMs: data.interval_seconds * 1_000,
    beganMs: Date.parse(data.began_at),
    completedMs: Date.parse(data.completed_at),
    observedMs: new Map(answered.map(({ node_id, observed_at }) => [node_id, Date.parse(observed_at)])),
  });
}

async function follow(address: BusAddress): Promise<void> {
  const bus = await openBus(address);
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
  const counted: Cycle[] = [];
  const late: number[] = [];
  for (const cycle of cycles.sort((a, b) => a.completedMs - b.completedMs)) {
    const earlier = before.get(cycle.key);
    before.set(cycle.key, new Map([...(earlier ?? []), ...cycle.observedMs]));
    const [lateMs = 0] = lateness([cycle], cycle.intervalMs);
    // By when it was due: by when it ended, a fleet that is later at the end than at the beginning has lost cycles.
    const dueMs = cycle.beganMs - lateMs;
    if (dueMs < fromMs || dueMs >= toMs) continue;
    counted.push(cycle);
    late.push(lateMs);
    for (const [node, observedMs] of cycle.observedMs) {
      ages.push(cycle.completedMs - observedMs);
      const last = earlier?.get(node);
      if (last !== undefined) known.push(cycle.completedMs - last);
    }
  }
  const latency = (of: readonly number[]): Latency | null => (of.length === 0 ? null : latencyOf(of));
  return {
    ...seen(before.size),
    cycles: counted.length,
    nodes: ages.length,
    age: latency(ages),
    known: latency(known),
    late: latency(late),
  };
}

const seen = (clusters: number): Samples => ({
  clusters,
  cycles: cycles.length,
  nodes: 0,
  age: null,
  known: null,
  late: null,
  gaps: null,
});

const clustersSince = (sinceMs: number): number =>
  new Set(cycles.filter(({ completedMs }) => completedMs >= sinceMs).map(({ key }) => key)).size;

answerParent<SamplesRequest, Samples>(async request => {
  switch (request.kind) {
    case 'follow':
      await follow(request.bus);
      return seen(0);
    case 'seen':
      return seen(clustersSince(request.sinceMs ?? 0));
    case 'gaps':
      return { ...seen(clustersSince(request.fromMs)), gaps: gaps(cycles, request) };
    case 'sum':
      await following?.subscription.close();
      await following?.bus.close();
      return sum(request.fromMs, request.toMs);
  }
});
