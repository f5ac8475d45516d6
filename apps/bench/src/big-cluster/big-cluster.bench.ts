import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { openGrpcClient } from '@replicante/service';
import type { GrpcClient } from '@replicante/service';
import { v7 } from 'uuid';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { latencyOf, ratios, text } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { startDurablePostgres, withClient } from '../rig/database.js';
import {
  actionHistory,
  busyHistory,
  clusterHistory,
  namespaceApplied,
  NS,
  platformApplied,
} from '../rig/fleet-events.js';
import { newEvent, seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { startService } from '../rig/service-process.js';
import { until } from '../rig/wait.js';

const NODES = 500;
const ACTIONS = 10_000;
const EVENTS = 100_000;
/** Between the newest snapshot and the head, when the process that wrote it is killed: half of what is ever there. */
const TAIL = 250;
const CALLS = 60;
const ROUNDS = 3;

interface Kept {
  /** Bytes of the row, as it is stored. */
  readonly size: number;
}

const snapshotOfBig = (url: string): Promise<Kept | undefined> =>
  withClient(url, async client => {
    const { rows } = await client.query<{ size: string }>(
      `select length(state) + length(commands) as size from snapshot_store.snapshots where stream_id = $1`,
      [clusterStream(NS, 'big')],
    );
    const [row] = rows;
    return row && { size: Number(row.size) };
  });

/** As cycles of another process would have, after the snapshot was written. */
async function appendTail(url: string): Promise<void> {
  const store = await openPostgresEventStore({ connectionString: url });
  const stream = clusterStream(NS, 'big');
  const head = (await store.streamRevision(stream)) ?? 'no_stream';
  await store.append(stream, head, busyHistory('big', NODES, TAIL).map(newEvent));
  await store.close();
}

async function seedClusters(url: string): Promise<void> {
  const store = await openPostgresEventStore({ connectionString: url });
  const base = clusterHistory('big', NODES, 0);
  const actions = actionHistory('big', NODES, ACTIONS);
  const rest = busyHistory('big', NODES, EVENTS - base.length - actions.length);
  const fresh = Array.from(
    { length: ROUNDS + 1 },
    (_, n) => [clusterStream(NS, `fresh-${n}`), clusterHistory(`fresh-${n}`, 3, 0)] as const,
  );
  await seed(
    store,
    new Map<string, readonly AnyEvent[]>([
      [namespaceStream(NS), [namespaceApplied]],
      [platformStream(NS, 'bench'), [platformApplied]],
      [clusterStream(NS, 'big'), [...base, ...actions, ...rest]],
      ...fresh,
    ]),
  );
  await store.close();
  await withClient(url, client => client.query('vacuum analyze'));
}

const connect = (address: string | undefined): GrpcClient =>
  openGrpcClient({
    address: address ?? '',
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });

async function commandMs(client: GrpcClient, cluster_id: string): Promise<number> {
  const meta = { command_id: v7(), claimed_actor: 'bench', traceparent: '' };
  const sent = performance.now();
  await client.call('OrchestrateCluster', { meta, ns_id: NS, cluster_id }, { deadlineMs: 120_000 });
  return performance.now() - sent;
}

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const server = await startDurablePostgres();
  try {
    await seedClusters(server.url);
    const environment = { DATABASE_URL: server.url };
    /** The first command of a process that has just become ready, and that is killed after it. */
    const first = async (cluster: string, then?: () => Promise<void>): Promise<number> => {
      const command = await startService('command', environment);
      const client = connect(command.addresses.grpc);
      try {
        const ms = await commandMs(client, cluster);
        say(`first command of a process, on ${cluster}: ${text(ms)} ms`);
        await then?.();
        return ms;
      } finally {
        client.close();
        await command.process.kill();
      }
    };
    let kept: Kept | undefined;
    const fromZero = await first('big', async () => {
      kept = await until('a snapshot', 60_000, () => snapshotOfBig(server.url));
    });
    if (kept === undefined) throw new Error('no snapshot was written');
    await appendTail(server.url);
    let round = 0;
    const cold = await alternate(
      { big: () => first('big'), fresh: () => first(`fresh-${(round += 1)}`) },
      { rounds: ROUNDS },
    );

    const command = await startService('command', environment);
    const client = connect(command.addresses.grpc);
    const several = async (cluster: string): Promise<Latency> => {
      const samples: number[] = [];
      for (let n = 0; n < CALLS; n += 1) samples.push(await commandMs(client, cluster));
      const latency = latencyOf(samples);
      say(`warm, on ${cluster}: p50 ${text(latency.p50)} ms`);
      return latency;
    };
    const warm = await alternate(
      { big: () => several('big'), fresh: () => several('fresh-0') },
      { rounds: ROUNDS, warmUp: 1 },
    );
    client.close();
    await command.process.stop();
    return {
      measures: [
        {
          what: 'command on a big cluster ÷ on a fresh one, warm (p50)',
          unit: 'ratio',
          rounds: ratios(
            warm.big.map(l => l.p50),
            warm.fresh.map(l => l.p50),
          ),
          goal: { atMost: 1.2 },
        },
        {
          what: 'first command of a freshly started process, big ÷ fresh',
          unit: 'ratio',
          rounds: ratios(cold.big, cold.fresh),
          goal: { atMost: 3 },
        },
      ],
      raw: [
        [
          ['round', 'warm big p50 / p99 ms', 'warm fresh p50 / p99 ms', 'first big ms', 'first fresh ms'],
          ...warm.big.map((big, n) => [
            n + 1,
            `${text(big.p50)} / ${text(big.p99)}`,
            `${text(warm.fresh[n]?.p50 ?? NaN)} / ${text(warm.fresh[n]?.p99 ?? NaN)}`,
            text(cold.big[n] ?? NaN),
            text(cold.fresh[n] ?? NaN),
          ]),
        ],
      ],
      notes: [
        `The big cluster has ${NODES} nodes, ${text(ACTIONS)} actions and ${text(EVENTS)} events; the fresh one 3 nodes. ` +
          'Commands one after the other, over one connection.',
        `Before it is measured, one process has read the stream from its first event (${text(fromZero)} ms), has written a ` +
          `snapshot (${text(kept.size / 1024 / 1024)} MiB) and was killed; ${TAIL} events follow it. All commands are of the ` +
          'last 24 hours, so all of their ids are remembered.',
      ],
    };
  } finally {
    await server.stop();
  }
}

export const bigCluster: Benchmark = {
  name: 'big-cluster',
  about:
    'A command on a cluster with a long history ÷ the same command on a fresh one: warm, and as a process’ first.',
  run,
};
