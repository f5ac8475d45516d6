import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { openControl, requestRebuild } from '@replicante/read-models';
import type { Benchmark, BenchmarkOptions, Measure, Outcome } from '../measuring/benchmark.js';
import { text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { startDurablePostgres } from '../rig/database.js';
import { busyHistory, clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { caughtUp, rebuildSeconds } from '../rig/read-side.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { startService } from '../rig/service-process.js';
import type { ClusterAt } from '../rig/steady-appends.js';
import type { AppendsRequest, AppendsResult } from './appends.child.js';

const CLUSTERS = 50;
const NODES = 5;
const EVENTS_PER_CLUSTER = 600;
const PER_SECOND = 500;
const ROUNDS = 3;
const QUIET_SECONDS = 6;
const REBUILD_SECONDS = 6;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const server = await startDurablePostgres();
  const appends = startChild<AppendsRequest, AppendsResult>(new URL('./appends.child.js', import.meta.url));
  try {
    const store = await openPostgresEventStore({ connectionString: server.url });
    const streams = new Map<string, readonly AnyEvent[]>([
      [namespaceStream(NS), [namespaceApplied]],
      [platformStream(NS, 'bench'), [platformApplied]],
    ]);
    for (let n = 0; n < CLUSTERS; n += 1) {
      const base = clusterHistory(`cluster-${n}`, NODES, 0);
      const more = busyHistory(`cluster-${n}`, NODES, EVENTS_PER_CLUSTER - base.length);
      streams.set(clusterStream(NS, `cluster-${n}`), [...base, ...more]);
    }
    await seed(store, streams);
    await store.close();
    const environment = { DATABASE_URL: server.url };
    const projection = await startService('projection', environment);
    await caughtUp(server.url, 300_000);
    const query = await startService('query', environment);
    const control = await openControl({
      connectionString: server.url,
      applicationName: 'bench',
      maxConnections: 2,
    });
    try {
      let clusters: readonly ClusterAt[] = Array.from({ length: CLUSTERS }, (_, n) => ({
        id: `cluster-${n}`,
        revision: EVENTS_PER_CLUSTER - 1,
      }));
      const measure = async (what: string, seconds: number): Promise<AppendsResult> => {
        const http = query.addresses.http ?? '';
        const result = await appends.ask({
          url: server.url,
          http,
          clusters,
          perSecond: PER_SECOND,
          seconds,
          askEvery: 10,
        });
        clusters = result.clusters;
        say(
          `${what}: visible p99 ${text(result.visible.p99)} ms, on the bus p99 ${text(result.onBus.p99)} ms`,
        );
        return result;
      };
      await measure('warm-up', 2);
      const quiet: AppendsResult[] = [];
      const rebuilding: AppendsResult[] = [];
      const rebuilds: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        quiet.push(await measure('quiet', QUIET_SECONDS));
        // The clock of the load starts when the rebuild has.
        let begun: () => void = () => undefined;
        const began = new Promise<void>(resolve => (begun = resolve));
        const rebuild = rebuildSeconds(server.url, () => requestRebuild(control), 300_000, begun);
        await Promise.race([began, rebuild]);
        rebuilding.push(await measure('during a rebuild', REBUILD_SECONDS));
        rebuilds.push(await rebuild);
      }
      const goal = (
        name: string,
        results: readonly AppendsResult[],
        pick: 'visible' | 'onBus',
        atMost: number,
      ): Measure => ({
        what: `${pick === 'visible' ? 'append → visible in GraphQL' : 'append → on the bus'}, p99, ${name}`,
        unit: 'ms',
        rounds: results.map(result => result[pick].p99),
        goal: { atMost },
      });
      const row = (name: string) => (r: AppendsResult, n: number) => [
        name,
        n + 1,
        text(r.perSecond),
        ...[r.append, r.visible, r.onBus].map(l => `${text(l.p50)} / ${text(l.p99)} / ${text(l.max)}`),
        name === 'rebuild' ? text(rebuilds[n] ?? NaN) : '',
      ];
      return {
        measures: [
          goal('quiet', quiet, 'visible', 100),
          goal('quiet', quiet, 'onBus', 100),
          goal('during a rebuild', rebuilding, 'visible', 300),
          goal('during a rebuild', rebuilding, 'onBus', 300),
        ],
        raw: [
          [
            [
              'phase',
              'round',
              'events/s',
              'append p50 / p99 / max ms',
              'visible',
              'on the bus',
              'rebuild took s',
            ],
            ...quiet.map(row('quiet')),
            ...rebuilding.map(row('rebuild')),
          ],
        ],
        notes: [
          `${PER_SECOND} events/s over ${CLUSTERS} clusters, sent at their time whatever became of those before; ` +
            `every tenth is asked for with \`at: {position}\`. Rebuilds read ${text(CLUSTERS * EVENTS_PER_CLUSTER)} ` +
            `events and more; load that outlasts one is counted with it.`,
        ],
      };
    } finally {
      await control.destroy();
      await query.process.stop();
      await projection.process.stop();
    }
  } finally {
    await appends.stop();
    await server.stop();
  }
}

export const latency: Benchmark = {
  name: 'latency',
  about:
    'From an acknowledged append to the GraphQL answer that shows it, and to its record on the bus, at 500 events/s, alone ' +
    'and while the read models are rebuilt. The goals are absolute; the appends’ own latency stands beside them.',
  run,
};
