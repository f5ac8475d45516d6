import { openEventStoreDbEventStore } from '@replicante/event-store-eventstoredb';
import { startTestEventStoreDb } from '@replicante/testing';
import { callNotes, callTable, ratesOf } from '../commands/call-report.js';
import { startCallSides } from '../commands/call-sides.js';
import type { CallResult } from '../commands/call-sides.js';
import { IN_FLIGHT, ROUNDS, SECONDS, seedMix, WARM_UP } from '../commands/mix.js';
import { writtenEvent } from '../commands/written-event.js';
import { alternate } from '../measuring/alternate.js';
import { ON_THE_DOUBLE } from '../measuring/benchmark.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { LoopResult } from '../rig/closed-loop.js';
import { startDurablePostgres } from '../rig/database.js';
import type { RawClientRequest } from './raw-client.child.js';

interface Sides {
  readonly ours: readonly CallResult[];
  readonly empty: readonly CallResult[];
  readonly raw: readonly LoopResult[];
}

/** On the server that EVENTSTOREDB_URL names, which keeps what was written; without it on the double. */
async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const given = process.env['EVENTSTOREDB_URL'];
  if (given !== undefined) return outcomeOf(await measured(given, say));
  const double = await startTestEventStoreDb({ notReadyMs: 0 });
  try {
    const sides = await measured(double.url, line => say(`${line} (${ON_THE_DOUBLE})`));
    return { ...outcomeOf(sides), caveat: ON_THE_DOUBLE };
  } finally {
    await double.stop();
  }
}

async function measured(url: string, say: (line: string) => void): Promise<Sides> {
  // Snapshots and membership: neither is on the way of a command.
  const database = await startDurablePostgres();
  const raw = startChild<RawClientRequest, LoopResult>(new URL('./raw-client.child.js', import.meta.url));
  try {
    const store = await openEventStoreDbEventStore({ connectionString: url });
    try {
      const mix = await seedMix(store);
      const environment = {
        DATABASE_URL: database.url,
        EVENT_STORE: 'eventstoredb',
        EVENTSTOREDB_URL: url,
      };
      const calls = await startCallSides({ mix, environment, say });
      const appends = async (): Promise<LoopResult> => {
        const event = await writtenEvent(store, mix.hot);
        const result = await raw.ask({ url, seconds: SECONDS, inFlight: IN_FLIGHT, event });
        say(`raw client ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
        return result;
      };
      try {
        const sides = { ours: () => calls.ours(), raw: appends, empty: () => calls.empty() };
        return await alternate(sides, { rounds: ROUNDS, warmUp: WARM_UP });
      } finally {
        await calls.stop();
      }
    } finally {
      await store.close();
    }
  } finally {
    await raw.stop();
    await database.stop();
  }
}

const outcomeOf = ({ ours, empty, raw }: Sides): Outcome => ({
  measures: [
    {
      what: `commands/s ÷ raw client appends/s, ${IN_FLIGHT} in flight`,
      unit: 'ratio',
      rounds: ratios(ratesOf(ours), ratesOf(raw)),
      goal: { atLeast: 0.5 },
    },
    {
      what: 'commands/s ÷ empty calls/s',
      unit: 'ratio',
      rounds: ratios(ratesOf(ours), ratesOf(empty)),
      goal: { atLeast: 0.45 },
    },
  ],
  raw: [callTable({ ours, empty }, { 'raw client': raw })],
  notes: callNotes('EventStoreDB'),
});

export const commandsEventStoreDb: Benchmark = {
  name: 'commands-eventstoredb',
  about:
    'gRPC command on EventStoreDB, ÷ `@eventstore/db-client` appending one event of the same bytes per call, ÷ an empty gRPC ' +
    'call, each with 64 in flight. On a real server: `EVENTSTOREDB_URL=esdb://… npm run bench commands-eventstoredb` (one to ' +
    'try with: the events stay there).',
  run,
};
