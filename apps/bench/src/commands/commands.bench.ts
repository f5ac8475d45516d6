import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { LoopResult } from '../rig/closed-loop.js';
import { startDurablePostgres, withClient } from '../rig/database.js';
import { callNotes, callTable, ratesOf } from './call-report.js';
import { startCallSides } from './call-sides.js';
import type { CallResult } from './call-sides.js';
import { IN_FLIGHT, ROUNDS, SECONDS, seedMix, WARM_UP } from './mix.js';
import type { RawAppendsRequest } from './raw-appends.child.js';
import { writtenEvent } from './written-event.js';

/** As many statements of appends as `command` has on their way. */
const GROUPS_IN_FLIGHT = 2;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const server = await startDurablePostgres();
  const store = await openPostgresEventStore({ connectionString: server.url });
  const raw = startChild<RawAppendsRequest, LoopResult>(new URL('./raw-appends.child.js', import.meta.url));
  try {
    const mix = await seedMix(store);
    await withClient(server.url, client => client.query('vacuum analyze'));
    const calls = await startCallSides({ mix, environment: { DATABASE_URL: server.url }, say });
    const rawAppends = async (connections: number, together: number): Promise<LoopResult> => {
      const event = await writtenEvent(store, mix.hot);
      const result = await raw.ask({ url: server.url, seconds: SECONDS, connections, together, event });
      say(`raw, ${together} a statement: ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
      return result;
    };
    try {
      return outcomeOf(
        await alternate(
          {
            ours: () => calls.ours(),
            empty: () => calls.empty(),
            raw: () => rawAppends(IN_FLIGHT, 1),
            grouped: () => rawAppends(GROUPS_IN_FLIGHT, IN_FLIGHT / GROUPS_IN_FLIGHT),
          },
          { rounds: ROUNDS, warmUp: WARM_UP },
        ),
      );
    } finally {
      await calls.stop();
    }
  } finally {
    await raw.stop();
    await store.close();
    await server.stop();
  }
}

interface Sides {
  readonly ours: readonly CallResult[];
  readonly empty: readonly CallResult[];
  readonly raw: readonly LoopResult[];
  readonly grouped: readonly LoopResult[];
}

function outcomeOf({ ours, empty, raw, grouped }: Sides): Outcome {
  const p99s = (of: readonly CallResult[]) => of.map(r => r.latency.p99);
  return {
    measures: [
      {
        what: 'commands/s ÷ empty calls/s',
        unit: 'ratio',
        rounds: ratios(ratesOf(ours), ratesOf(empty)),
        goal: { atLeast: 0.6 },
      },
      {
        what: 'commands/s ÷ raw appends/s',
        unit: 'ratio',
        rounds: ratios(ratesOf(ours), ratesOf(raw)),
        goal: { atLeast: 2 },
      },
      {
        what: `commands/s ÷ raw appends/s in groups of ${IN_FLIGHT / GROUPS_IN_FLIGHT}`,
        unit: 'ratio',
        rounds: ratios(ratesOf(ours), ratesOf(grouped)),
      },
      {
        what: 'p99 ÷ p99 of empty calls',
        unit: 'ratio',
        rounds: ratios(p99s(ours), p99s(empty)),
        goal: { atMost: 3 },
      },
    ],
    raw: [callTable({ ours, empty }, { 'raw append': raw, 'raw, grouped': grouped })],
    notes: callNotes('PostgreSQL'),
  };
}

export const commands: Benchmark = {
  name: 'commands',
  about:
    'gRPC command with durable append, ÷ an empty gRPC call on the same framework with the same settings, ÷ the raw loop ' +
    'that appends one event of the same bytes per statement through the same SQL function over 64 connections.',
  run,
};
