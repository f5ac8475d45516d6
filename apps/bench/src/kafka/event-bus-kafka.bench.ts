import { TOPICS } from '@replicante/contracts';
import { openPostgresEventStore } from '@replicante/event-store-postgres';
import type { EventStore } from '@replicante/event-store';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { startTestServer } from '@replicante/testing';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { startDurablePostgres } from '../rig/database.js';
import { clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { caughtUp } from '../rig/read-side.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { startService } from '../rig/service-process.js';
import type { ClusterAt } from '../rig/steady-appends.js';
import { BACKLOG_KEYS, drainBacklog, type Drained } from './backlog.js';
import type { DeliveredRequest, DeliveredResult } from './delivered.child.js';
import type { RawRecordsRequest } from './raw-records.child.js';

const CLUSTERS = 50;
const NODES = 5;
const PER_SECOND = 500;
const SECONDS = 6;
const LATENCY_ROUNDS = 3;
const BACKLOG = 20_000;
/** As many as the gateway publishes at once. */
const BATCH = 500;
const DRAIN_ROUNDS = 5;

async function seedClusters(store: EventStore): Promise<readonly ClusterAt[]> {
  const streams = new Map<string, readonly AnyEvent[]>([
    [namespaceStream(NS), [namespaceApplied]],
    [platformStream(NS, 'bench'), [platformApplied]],
  ]);
  const history = (id: string) => clusterHistory(id, NODES, 0);
  const ids = Array.from({ length: CLUSTERS }, (_, n) => `cluster-${n}`);
  for (const id of ids) streams.set(clusterStream(NS, id), history(id));
  await seed(store, streams);
  return ids.map(id => ({ id, revision: history(id).length - 1 }));
}

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const [server, kafka] = await Promise.all([startDurablePostgres(), startTestServer('kafka')]);
  try {
    const [url, broker] = [server.url, kafka.address];
    const store = await openPostgresEventStore({ connectionString: url });
    const projection = await startService('projection', {
      DATABASE_URL: url,
      EVENT_BUS: 'kafka',
      KAFKA_BROKERS: broker,
    });
    try {
      const clusters = await seedClusters(store);
      await caughtUp(url, 60_000);
      const latency = await latencies({ url, broker, clusters, say });
      const pid = projection.process.pid;
      return outcomeOf(latency, await rates({ url, broker, store, pid, say }));
    } finally {
      await projection.process.stop();
      await store.close();
    }
  } finally {
    await Promise.all([server.stop(), kafka.stop()]);
  }
}

async function latencies(options: {
  readonly url: string;
  readonly broker: string;
  readonly clusters: readonly ClusterAt[];
  readonly say: (line: string) => void;
}): Promise<readonly DeliveredResult[]> {
  const { url, broker, say } = options;
  const child = startChild<DeliveredRequest, DeliveredResult>(
    new URL('./delivered.child.js', import.meta.url),
  );
  let { clusters } = options;
  const measure = async (seconds: number): Promise<DeliveredResult> => {
    const result = await child.ask({
      url,
      broker,
      topic: TOPICS.cluster,
      clusters,
      perSecond: PER_SECOND,
      seconds,
    });
    clusters = result.clusters;
    say(`delivered p50 ${text(result.delivered.p50)} ms, p99 ${text(result.delivered.p99)} ms`);
    return result;
  };
  try {
    await measure(2);
    const results: DeliveredResult[] = [];
    while (results.length < LATENCY_ROUNDS) results.push(await measure(SECONDS));
    return results;
  } finally {
    await child.stop();
  }
}

interface Rates {
  readonly ours: readonly Drained[];
  readonly raw: readonly number[];
}

async function rates(options: {
  readonly url: string;
  readonly broker: string;
  readonly store: EventStore;
  readonly pid: number;
  readonly say: (line: string) => void;
}): Promise<Rates> {
  const { broker, say } = options;
  const child = startChild<RawRecordsRequest, number>(new URL('./raw-records.child.js', import.meta.url));
  const request: RawRecordsRequest = {
    broker,
    source: TOPICS.cluster,
    keys: BACKLOG_KEYS,
    target: 'raw-records',
    records: BACKLOG,
    batch: BATCH,
  };
  let round = 0;
  try {
    return await alternate(
      {
        ours: async () => {
          round += 1;
          const drained = await drainBacklog({ ...options, topic: TOPICS.cluster, events: BACKLOG, round });
          say(`gateway ${text(drained.perSecond)} events/s, CPU ${text(drained.cpuMicros)} µs each`);
          return drained;
        },
        raw: async () => {
          const perSecond = await child.ask(request);
          say(`raw ${text(perSecond)} records/s`);
          return perSecond;
        },
      },
      { rounds: DRAIN_ROUNDS, warmUp: 2 },
    );
  } finally {
    await child.stop();
  }
}

const outcomeOf = (latency: readonly DeliveredResult[], { ours, raw }: Rates): Outcome => ({
  measures: [
    {
      what: `append → delivered from Kafka, p99 at ${PER_SECOND} events/s`,
      unit: 'ms',
      rounds: latency.map(({ delivered }) => delivered.p99),
      goal: { atMost: 100 },
    },
    {
      what: 'gateway events/s ÷ raw idempotent producer',
      unit: 'ratio',
      rounds: ratios(
        ours.map(({ perSecond }) => perSecond),
        raw,
      ),
      goal: { atLeast: 0.5 },
    },
  ],
  raw: [
    [
      ['round', 'events/s', 'append p50 / p99 / max ms', 'delivered p50 / p99 / max ms'],
      ...latency.map(({ perSecond, append, delivered }, n) => [
        n + 1,
        text(perSecond),
        ...[append, delivered].map(l => `${text(l.p50)} / ${text(l.p99)} / ${text(l.max)}`),
      ]),
    ],
    [
      ['round', 'gateway, events/s', 'events', 'CPU µs per event', 'raw, records/s'],
      ...ours.map(({ perSecond, events, cpuMicros }, n) => [
        n + 1,
        text(perSecond),
        text(events),
        text(cpuMicros),
        text(raw[n] ?? Number.NaN),
      ]),
    ],
  ],
  notes: [
    `Events of ${CLUSTERS} clusters, sent at their time whatever became of those before; the consumer is kafkajs without anything of ours, in the process that appends. One real broker, 16 partitions.`,
    `A backlog of ${text(BACKLOG)} events: the gateway reads, parses and renders each as a CloudEvent, publishes ${BATCH} at a time, and records its checkpoint in PostgreSQL after each batch; raw: the same records (key, value, headers) from memory, ${BATCH} to a request, the next when the one before is acknowledged.`,
    'Events per second times CPU per event is what the gateway used of a core: close to 1, its one thread is the limit, and each µs saved in reading, rendering, checking or encoding an event raises the ratio.',
  ],
});

export const eventBusKafka: Benchmark = {
  name: 'event-bus-kafka',
  about:
    'From an acknowledged append to the record in the hands of a kafkajs consumer, through the gateway of a running projection service; and a backlog published by it, ÷ an idempotent kafkajs producer that writes the same records in the same batches.',
  run,
};
