import type { AppendResult, EventStore } from '@replicante/event-store';
import { clusterStream } from '@replicante/kernel';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { NS, nodeChanged } from './fleet-events.js';
import { newEvent } from './seed.js';

export interface ClusterAt {
  readonly id: string;
  readonly revision: number;
}

export interface SteadyAppends {
  /** Existing clusters, with the revision of each. */
  readonly clusters: readonly ClusterAt[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface SteadyAppended {
  /** As many as were acknowledged. */
  readonly perSecond: number;
  readonly append: Latency;
  /** Event id → when it was acknowledged, by this process’ clock. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly clusters: readonly ClusterAt[];
}

export type OnAppended = (
  n: number,
  event: AppendResult & { readonly clusterId: string; readonly at: number },
) => void;

/** An open loop: events leave at their time, whatever became of those before. Answers when all are acknowledged. */
export async function steadyAppends(
  store: EventStore,
  { perSecond, seconds, ...request }: SteadyAppends,
  onAppended: OnAppended = () => undefined,
): Promise<SteadyAppended> {
  const clusters = request.clusters.map(cluster => ({ ...cluster, turn: Promise.resolve() }));
  const acknowledged = new Map<string, number>();
  const latencies: number[] = [];
  const append = async (cluster: (typeof clusters)[number], n: number): Promise<void> => {
    const event = newEvent(nodeChanged(cluster.id, `node-${(n % 5) + 1}`, `at ${n}`));
    const sent = performance.now();
    const result = await store.append(clusterStream(NS, cluster.id), cluster.revision, [event]);
    const at = performance.now();
    cluster.revision = result.revision;
    acknowledged.set(event.id, at);
    latencies.push(at - sent);
    onAppended(n, { ...result, clusterId: cluster.id, at });
  };
  const total = perSecond * seconds;
  const began = performance.now();
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - began) / 1_000) * perSecond));
    for (; sent < due; sent += 1) {
      const n = sent;
      const cluster = clusters[n % clusters.length];
      if (!cluster) throw new Error('no clusters');
      // Each stream in its own order.
      cluster.turn = cluster.turn.then(() => append(cluster, n));
    }
    await new Promise<void>(resolve => setTimeout(resolve, 1));
  }
  await Promise.all(clusters.map(cluster => cluster.turn));
  return {
    perSecond: total / ((performance.now() - began) / 1_000),
    append: latencyOf(latencies),
    acknowledged,
    clusters: clusters.map(({ id, revision }) => ({ id, revision })),
  };
}

/** From each acknowledgement to when it was heard of elsewhere; an answer may come later than the news. */
export const latencyUntil = (
  acknowledged: ReadonlyMap<string, number>,
  heard: ReadonlyMap<string, number>,
): Latency => latencyOf([...acknowledged].map(([id, at]) => Math.max(0, (heard.get(id) ?? Number.NaN) - at)));
