import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { openControl, followedGenerations } from '@replicante/read-models';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { startDurablePostgres, withClient } from '../rig/database.js';
import { clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import type { HttpLoadRequest, HttpLoadResult } from '../rig/http-load.child.js';
import { caughtUp } from '../rig/read-side.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { BareRequest } from './bare.child.js';

const CLUSTERS = 200;
const NODES = 5;
const IN_FLIGHT = 16;
/** Many short rounds: on a machine with others on it a slow second hits one side of one of them. */
const SECONDS = 3;
const ROUNDS = 7;
/** Until both sides run compiled code: slower ones would be measured as their own start. */
const WARM_UP = 2;

const QUERY = `query {
  clusters(first: 50) {
    nodes {
      clusterId active interval updatedAt
      nodes(first: 50) { nodes { nodeId status group agentAddress storeVersion changedAt } }
    }
  }
}`;

/** Of the process that answered; what others of the machine do to it shows less here than in its rate. */
type Answered = HttpLoadResult & { readonly cpuMs: number };

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const server = await startDurablePostgres();
  const load = startChild<HttpLoadRequest, HttpLoadResult>(
    new URL('../rig/http-load.child.js', import.meta.url),
  );
  const bare = startChild<BareRequest, string>(new URL('./bare.child.js', import.meta.url));
  try {
    const store = await openPostgresEventStore({ connectionString: server.url });
    const streams = new Map<string, readonly AnyEvent[]>([
      [namespaceStream(NS), [namespaceApplied]],
      [platformStream(NS, 'bench'), [platformApplied]],
    ]);
    for (let n = 0; n < CLUSTERS; n += 1)
      streams.set(clusterStream(NS, `cluster-${n}`), clusterHistory(`cluster-${n}`, NODES, 0));
    await seed(store, streams);
    await store.close();
    const projection = await startService('projection', { DATABASE_URL: server.url });
    await caughtUp(server.url, 120_000);
    const control = await openControl({
      connectionString: server.url,
      applicationName: 'bench',
      maxConnections: 2,
    });
    const [followed] = await followedGenerations(control);
    await control.destroy();
    await projection.process.stop();
    await withClient(server.url, client => client.query('vacuum analyze'));
    const query = await startService('query', { DATABASE_URL: server.url });
    try {
      const origin = await bare.ask({ url: server.url, schema: `read_models_v${followed?.generation ?? 1}` });
      const ask = async (
        what: string,
        pid: number,
        request: Omit<HttpLoadRequest, 'inFlight' | 'seconds' | 'expect'>,
      ): Promise<Answered> => {
        const before = cpuSeconds(pid);
        const result = await load.ask({
          ...request,
          inFlight: IN_FLIGHT,
          seconds: SECONDS,
          expect: 'node-5',
        });
        const cpuMs = ((cpuSeconds(pid) - before) * 1_000) / (result.perSecond * SECONDS);
        say(`${what} ${text(result.perSecond)}/s, ${text(cpuMs)} ms CPU each, ${text(result.bytes)} bytes`);
        return { ...result, cpuMs };
      };
      const { ours, raw } = await alternate(
        {
          ours: () =>
            ask('graphql', query.process.pid, {
              origin: `http://${query.addresses.http ?? ''}`,
              path: '/graphql',
              method: 'POST',
              body: JSON.stringify({ query: QUERY }),
            }),
          raw: () => ask('bare', bare.pid, { origin, path: '/clusters', method: 'GET' }),
        },
        { rounds: ROUNDS, warmUp: WARM_UP },
      );
      const rates = (of: readonly Answered[]) => of.map(result => result.perSecond);
      return {
        measures: [
          {
            what: 'lists/s ÷ bare Fastify with one SQL query',
            unit: 'ratio',
            rounds: ratios(rates(ours), rates(raw)),
            goal: { atLeast: 0.6 },
          },
          {
            what: 'CPU of the bare process per list ÷ of the service',
            unit: 'ratio',
            rounds: ratios(
              raw.map(r => r.cpuMs),
              ours.map(r => r.cpuMs),
            ),
          },
        ],
        raw: [
          [
            ['side', 'round', 'per second', 'p50 ms', 'p99 ms', 'CPU ms per list', 'bytes of an answer'],
            ...[...ours.map(r => ['GraphQL', r] as const), ...raw.map(r => ['bare Fastify', r] as const)].map(
              ([side, r], n) => [
                side,
                (n % ROUNDS) + 1,
                text(r.perSecond),
                text(r.latency.p50),
                text(r.latency.p99),
                text(r.cpuMs),
                r.bytes,
              ],
            ),
          ],
        ],
        notes: [
          `50 of ${CLUSTERS} clusters with ${NODES} nodes each, six fields of each node, ${IN_FLIGHT} in flight.`,
        ],
      };
    } finally {
      await query.process.stop();
    }
  } finally {
    await Promise.all([load.stop(), bare.stop()]);
    await server.stop();
  }
}

export const graphqlList: Benchmark = {
  name: 'graphql-list',
  about:
    'A GraphQL list of 50 clusters with their nodes, ÷ bare Fastify with one SQL statement that reads the same rows.',
  run,
};
