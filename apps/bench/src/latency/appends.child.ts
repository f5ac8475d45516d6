import { TOPICS } from '@replicante/contracts';
import { openPostgresEventBus } from '@replicante/event-bus-postgres';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { Pool } from 'undici';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';
import { NS } from '../rig/fleet-events.js';
import { latencyUntil, steadyAppends } from '../rig/steady-appends.js';
import type { SteadyAppended, SteadyAppends } from '../rig/steady-appends.js';
import { until } from '../rig/wait.js';

export interface AppendsRequest extends SteadyAppends {
  readonly url: string;
  /** Of the query service: `host:port`. */
  readonly http: string;
  /** Every so many-th event is asked for over GraphQL. */
  readonly askEvery: number;
}

export interface AppendsResult extends Omit<SteadyAppended, 'acknowledged'> {
  readonly visible: Latency;
  readonly onBus: Latency;
}

const QUERY = `query ($id: ID!, $at: AtPosition) { cluster(nsId: "${NS}", clusterId: $id, at: $at) { revision } }`;

/** Time counts from the acknowledged append to the answer that shows it, and to its record on the bus. */
async function run(request: AppendsRequest): Promise<AppendsResult> {
  const store = await openPostgresEventStore({ connectionString: request.url });
  const bus = await openPostgresEventBus({ connectionString: request.url });
  const http = new Pool(`http://${request.http}`, { connections: 32 });
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

  const visible: number[] = [];
  const ask = async (id: string, position: string, since: number): Promise<void> => {
    const body = JSON.stringify({ query: QUERY, variables: { id, at: { position, timeoutMs: 30_000 } } });
    const headers = { 'content-type': 'application/json' };
    const response = await http.request({ path: '/graphql', method: 'POST', headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200 || text.includes('"errors"')) throw new Error(text.slice(0, 300));
    visible.push(performance.now() - since);
  };
  const work: Promise<void>[] = [];
  const { acknowledged, ...appended } = await steadyAppends(
    store,
    request,
    (n, { clusterId, position, at }) => {
      if (n % request.askEvery === 0) work.push(ask(clusterId, position, at));
    },
  );
  await Promise.all(work);
  await until('all events on the bus', 60_000, async () =>
    [...acknowledged.keys()].every(id => heard.has(id)) ? true : undefined,
  );
  await subscription.close();
  await Promise.all([bus.close(), store.close(), http.close()]);
  return { ...appended, visible: latencyOf(visible), onBus: latencyUntil(acknowledged, heard) };
}

answerParent(run);
