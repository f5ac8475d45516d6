import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { openControl, requestRebuild } from '@replicante/read-models';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Measure, Outcome } from '../measuring/benchmark.js';
import { median, ratios, text } from '../measuring/figures.js';
import { startChild } from '../rig/child.js';
import { startDurablePostgres, withClient } from '../rig/database.js';
import { busyHistory, clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { caughtUp, rebuildSeconds } from '../rig/read-side.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { RawUpsertsRequest, RawUpsertsResult } from './raw-upserts.child.js';

const EVENTS_PER_CLUSTER = 1_000;
const NODES = 5;

async function seedFleet(url: string, events: number): Promise<void> {
  const store = await openPostgresEventStore({ connectionString: url });
  const streams = new Map<string, readonly AnyEvent[]>([
    [namespaceStream(NS), [namespaceApplied]],
    [platformStream(NS, 'bench'), [platformApplied]],
  ]);
  for (let n = 0; n * EVENTS_PER_CLUSTER < events; n += 1) {
    const id = `cluster-${n}`;
    const base = clusterHistory(id, NODES, 0);
    const more = busyHistory(id, NODES, EVENTS_PER_CLUSTER - base.length - (n === 0 ? 2 : 0));
    streams.set(clusterStream(NS, id), [...base, ...more]);
  }
  await seed(store, streams);
  await store.close();
}

async function measureSize(events: number, rounds: number, say: (line: string) => void) {
  const server = await startDurablePostgres();
  const raw = startChild<RawUpsertsRequest, RawUpsertsResult>(
    new URL('./raw-upserts.child.js', import.meta.url),
  );
  try {
    await seedFleet(server.url, events);
    await withClient(server.url, client => client.query('vacuum analyze event_store.events'));
    const projection = await startService('projection', { DATABASE_URL: server.url });
    const control = await openControl({
      connectionString: server.url,
      applicationName: 'bench',
      maxConnections: 2,
    });
    try {
      await caughtUp(server.url, 600_000);
      let generation = 900;
      return await alternate(
        {
          ours: async () => {
            const before = cpuSeconds(projection.process.pid);
            const seconds = await rebuildSeconds(server.url, () => requestRebuild(control), 600_000);
            const cpu = cpuSeconds(projection.process.pid) - before;
            say(`${text(events)} events: ours ${text(events / seconds)}/s`);
            return { perSecond: events / seconds, cpuMicros: (cpu * 1e6) / events };
          },
          raw: async () => {
            const result = await raw.ask({ url: server.url, generation: (generation += 1) });
            if (result.events !== events) throw new Error(`raw saw ${result.events} events of ${events}`);
            say(`${text(events)} events: raw ${text(result.perSecond)}/s, ${text(result.rows)} rows`);
            return result;
          },
        },
        { rounds },
      );
    } finally {
      await control.destroy();
      await projection.process.stop();
    }
  } finally {
    await raw.stop();
    await server.stop();
  }
}

async function run({ full, say }: BenchmarkOptions): Promise<Outcome> {
  const sizes = full ? [10_000, 100_000, 1_000_000] : [10_000, 100_000];
  const measures: Measure[] = [];
  const rows: (string | number)[][] = [
    ['events', 'round', 'rebuild/s', 'CPU µs per event', 'raw upsert/s', 'rows'],
  ];
  let small: readonly number[] = [];
  for (const events of sizes) {
    const { ours, raw } = await measureSize(events, 3, say);
    const rates = ours.map(round => round.perSecond);
    measures.push({
      what: `rebuild of ${text(events)} events, events/s ÷ raw upsert of the same rows`,
      unit: 'ratio',
      rounds: ratios(
        rates,
        raw.map(round => round.perSecond),
      ),
      goal: { atLeast: 0.5 },
    });
    for (const [n, { perSecond, cpuMicros }] of ours.entries())
      rows.push([
        text(events),
        n + 1,
        text(perSecond),
        text(cpuMicros),
        text(raw[n]?.perSecond ?? NaN),
        text(raw[n]?.rows ?? NaN),
      ]);
    if (small.length === 0) small = rates;
    else
      measures.push({
        what: `slower at ${text(events)} than at ${text(sizes[0] ?? 0)} events, times`,
        unit: 'ratio',
        rounds: rates.map(rate => median(small) / rate),
        goal: { atMost: 1.1 },
      });
  }
  return {
    measures,
    raw: [rows],
    notes: [
      `Clusters of ${NODES} nodes with ${EVENTS_PER_CLUSTER} events each: node states, shards, decisions, actions. The raw ` +
        'side writes the rows of the same batches (2,000 events a transaction) with everything prepared beforehand.',
    ],
  };
}

export const rebuild: Benchmark = {
  name: 'rebuild',
  about:
    'A rebuild of the read models by the projection service (read, project, fold, write, swap), ÷ raw `unnest` upserts of ' +
    'the same rows into the same tables.',
  run,
};
