import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '../rig/child.js';
import { startDurablePostgres, withClient } from '../rig/database.js';
import { clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { CallsRequest, CallsResult } from './calls.child.js';
import type { RawAppendsRequest, RawAppendsResult } from './raw-appends.child.js';

const ROUNDS = 3;
/** Rounds thrown away: a service just started is measured with V8 still compiling it, the shorter empty call without. */
const WARM_UP = 3;
const SECONDS = 4;
const IN_FLIGHT = 64;
const CONNECTIONS = 4;
/** As many statements of appends as `command` has on their way. */
const GROUPS_IN_FLIGHT = 2;
const WARM = 500;
const COLD_PER_ROUND = 1_500;
const EVENTS_OF_A_COLD_CLUSTER = 20;

const names = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${kind}-${n}`);

async function seedClusters(url: string, clusters: readonly string[]): Promise<void> {
  const store = await openPostgresEventStore({ connectionString: url });
  const streams = new Map<string, readonly AnyEvent[]>([
    [namespaceStream(NS), [namespaceApplied]],
    [platformStream(NS, 'bench'), [platformApplied]],
    ...clusters.map(
      id => [clusterStream(NS, id), clusterHistory(id, 3, EVENTS_OF_A_COLD_CLUSTER - 8)] as const,
    ),
  ]);
  await seed(store, streams);
  await store.close();
}

/** Texts of an event that `command` wrote, for the raw side to write the same bytes. */
const writtenEvent = (url: string) =>
  withClient(url, async client => {
    const { rows } = await client.query<{ data: string; metadata: string }>(
      `select data::text, metadata::text from event_store.events
       where type = 'cluster.CycleRequested.v1' order by position desc limit 1`,
    );
    if (rows[0] === undefined) throw new Error('command wrote no event');
    return rows[0];
  });

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const server = await startDurablePostgres();
  try {
    const warm = names('warm', WARM);
    const cold = names('cold', COLD_PER_ROUND * (ROUNDS + WARM_UP));
    await seedClusters(server.url, ['hot', ...warm, ...cold]);
    await withClient(server.url, client => client.query('vacuum analyze'));
    const command = await startService('command', { DATABASE_URL: server.url });
    const empty = startChild<object, string>(new URL('./empty.child.js', import.meta.url));
    const calls = startChild<CallsRequest, CallsResult>(new URL('./calls.child.js', import.meta.url));
    const raw = startChild<RawAppendsRequest, RawAppendsResult>(
      new URL('./raw-appends.child.js', import.meta.url),
    );
    try {
      const emptyAddress = await empty.ask({});
      let round = 0;
      const load = (address: string | undefined, coldOnes: readonly string[]) =>
        calls.ask({
          address: address ?? '',
          seconds: SECONDS,
          inFlight: IN_FLIGHT,
          connections: CONNECTIONS,
          seed: round,
          hot: 'hot',
          warm,
          cold: coldOnes,
        });
      const rawAppends = async (connections: number, together: number) => {
        const event = await writtenEvent(server.url);
        const result = await raw.ask({ url: server.url, seconds: SECONDS, connections, together, ...event });
        say(`raw, ${together} a statement: ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
        return result;
      };
      const results = await alternate(
        {
          ours: async () => {
            round += 1;
            const before = cpuSeconds(command.process.pid);
            const callerBefore = cpuSeconds(calls.pid);
            const mine = cold.slice((round - 1) * COLD_PER_ROUND, round * COLD_PER_ROUND);
            const result = await load(command.addresses.grpc, mine);
            const cpu = cpuSeconds(command.process.pid) - before;
            if (result.failed > 0) throw new Error(`${result.failed} commands failed: ${result.failure}`);
            say(`ours ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
            return { ...result, ...micros(cpu, cpuSeconds(calls.pid) - callerBefore, result) };
          },
          empty: async () => {
            const before = cpuSeconds(empty.pid);
            const callerBefore = cpuSeconds(calls.pid);
            const result = await load(emptyAddress, []);
            const cpu = cpuSeconds(empty.pid) - before;
            say(`empty ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
            return { ...result, ...micros(cpu, cpuSeconds(calls.pid) - callerBefore, result) };
          },
          raw: () => rawAppends(IN_FLIGHT, 1),
          grouped: () => rawAppends(GROUPS_IN_FLIGHT, IN_FLIGHT / GROUPS_IN_FLIGHT),
        },
        { rounds: ROUNDS, warmUp: WARM_UP },
      );
      const rates = (of: readonly { readonly perSecond: number }[]) => of.map(r => r.perSecond);
      const p99s = (of: readonly CallsResult[]) => of.map(r => r.latency.p99);
      return {
        measures: [
          {
            what: 'commands/s ÷ empty calls/s',
            unit: 'ratio',
            rounds: ratios(rates(results.ours), rates(results.empty)),
            goal: { atLeast: 0.6 },
          },
          {
            what: 'commands/s ÷ raw appends/s',
            unit: 'ratio',
            rounds: ratios(rates(results.ours), rates(results.raw)),
            goal: { atLeast: 2 },
          },
          {
            what: `commands/s ÷ raw appends/s in groups of ${IN_FLIGHT / GROUPS_IN_FLIGHT}`,
            unit: 'ratio',
            rounds: ratios(rates(results.ours), rates(results.grouped)),
          },
          {
            what: 'p99 ÷ p99 of empty calls',
            unit: 'ratio',
            rounds: ratios(p99s(results.ours), p99s(results.empty)),
            goal: { atMost: 3 },
          },
        ],
        raw: [
          [
            [
              'side',
              'round',
              'per second',
              'p50 ms',
              'p99 ms',
              'max ms',
              'CPU µs per call',
              'of the caller',
              'hot stream p50 / p99 ms',
            ],
            ...results.ours.map((r, n) => [
              ...rowOf('command', n, r),
              text(r.cpuMicros),
              text(r.callerMicros),
              hotOf(r),
            ]),
            ...results.empty.map((r, n) => [
              ...rowOf('empty call', n, r),
              text(r.cpuMicros),
              text(r.callerMicros),
              '',
            ]),
            ...results.raw.map((r, n) => [...rowOf('raw append', n, r), '', '', '']),
            ...results.grouped.map((r, n) => [...rowOf('raw, grouped', n, r), '', '', '']),
          ],
        ],
        notes: [
          `${IN_FLIGHT} calls in flight over ${CONNECTIONS} connections; 20 % go to one stream, 10 % to clusters of ` +
            `${EVENTS_OF_A_COLD_CLUSTER} events that the process has not read yet, the rest to ${WARM} others.`,
          'An empty call costs its caller, one process, more CPU than its server: where the caller is the limit, the ' +
            'first ratio flatters commands. What it leaves of the machine is what commands and PostgreSQL share.',
        ],
      };
    } finally {
      await Promise.all([calls.stop(), raw.stop(), empty.stop()]);
      await command.process.stop();
    }
  } finally {
    await server.stop();
  }
}

const micros = (server: number, caller: number, { perSecond }: CallsResult) => ({
  cpuMicros: (server * 1e6) / (perSecond * SECONDS),
  callerMicros: (caller * 1e6) / (perSecond * SECONDS),
});

const rowOf = (
  side: string,
  round: number,
  { perSecond, latency }: RawAppendsResult,
): (string | number)[] => [
  side,
  round + 1,
  text(perSecond),
  text(latency.p50),
  text(latency.p99),
  text(latency.max),
];
const hotOf = ({ hotLatency }: CallsResult): string => `${text(hotLatency.p50)} / ${text(hotLatency.p99)}`;

export const commands: Benchmark = {
  name: 'commands',
  about:
    'gRPC command with durable append, ÷ an empty gRPC call on the same framework with the same settings, ÷ the raw loop ' +
    'that appends one event of the same bytes per statement through the same SQL function over 64 connections.',
  run,
};
