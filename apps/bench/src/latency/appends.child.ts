import { TOPICS } from '@replicante/contracts';
import { openPostgresEventBus } from '@replicante/event-bus-postgres';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream } from '@replicante/kernel';
import { Pool } from 'undici';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '../rig/answer-parent.js';
import { NS, nodeChanged } from '../rig/fleet-events.js';
import { newEvent } from '../rig/seed.js';
import { until } from '../rig/wait.js';

export interface AppendsRequest {
  readonly url: string;
  /** Of the query service: `host:port`. */
  readonly http: string;
  /** Existing clusters, with the revision of each. */
  readonly clusters: readonly { readonly id: string; readonly revision: number }[];
  readonly perSecond: number;
  readonly seconds: number;
  /** Every so many-th event is asked for over GraphQL. */
  readonly askEvery: number;
}

export interface AppendsResult {
  readonly appended: number;
  readonly perSecond: number;
  readonly append: Latency;
  readonly visible: Latency;
  readonly onBus: Latency;
  readonly revisions: readonly number[];
}

const QUERY = `query ($id: ID!, $at: AtPosition) { cluster(nsId: "${NS}", clusterId: $id, at: $at) { revision } }`;

/**
 * An open loop: events leave at their time, whatever became of those before. Time counts from the acknowledged append
 * to the answer that shows it, and to its record on the bus.
 */
async function run(request: AppendsRequest): Promise<AppendsResult> {
  const store = await openPostgresEventStore({ connectionString: request.url });
  const bus = await openPostgresEventBus({ connectionString: request.url });
  const http = new Pool(`http://${request.http}`, { connections: 32 });
  const acknowledged = new Map<string, number>();
  const heard = new Map<string, number>();
  const subscription = await bus.subscribe({
    topics: [TOPICS.cluster],
    from: 'latest',
    handler: async records => {
      const now = performance.now();
      for (const { headers } of records) {
        const id = headers['ce-id'];
        if (id !== undefined && !heard.has(id)) heard.set(id, now);
      }
    },
  });
  await subscription.ready;

  const appends: number[] = [];
  const visible: number[] = [];
  const ask = async (id: string, position: string, since: number): Promise<void> => {
    const body = JSON.stringify({ query: QUERY, variables: { id, at: { position, timeoutMs: 30_000 } } });
    const headers = { 'content-type': 'application/json' };
    const response = await http.request({ path: '/graphql', method: 'POST', headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200 || text.includes('"errors"')) throw new Error(text.slice(0, 300));
    visible.push(performance.now() - since);
  };
  const clusters = request.clusters.map(({ id, revision }) => ({ id, revision, turn: Promise.resolve() }));
  const work: Promise<void>[] = [];
  const append = async (cluster: (typeof clusters)[number], n: number): Promise<void> => {
    const event = newEvent(nodeChanged(cluster.id, `node-${(n % 5) + 1}`, `at ${n}`));
    const sent = performance.now();
    const { revision, position } = await store.append(clusterStream(NS, cluster.id), cluster.revision, [
      event,
    ]);
    const now = performance.now();
    cluster.revision = revision;
    acknowledged.set(event.id, now);
    appends.push(now - sent);
    if (n % request.askEvery === 0) work.push(ask(cluster.id, position, now));
  };
  const total = request.perSecond * request.seconds;
  const began = performance.now();
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - began) / 1_000) * request.perSecond));
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
  const took = (performance.now() - began) / 1_000;
  await Promise.all(work);
  await until('all events on the bus', 60_000, async () =>
    [...acknowledged.keys()].every(id => heard.has(id)) ? true : undefined,
  );
  await subscription.close();
  await Promise.all([bus.close(), store.close(), http.close()]);
  return {
    appended: total,
    perSecond: total / took,
    append: latencyOf(appends),
    visible: latencyOf(visible),
    onBus: latencyOf([...acknowledged].map(([id, at]) => Math.max(0, (heard.get(id) ?? NaN) - at))),
    revisions: clusters.map(cluster => cluster.revision),
  };
}

answerParent(run);
