import type { RawTable } from '../measuring/benchmark.js';
import { text } from '../measuring/figures.js';
import type { LoopResult } from '../rig/closed-loop.js';
import type { CallResult } from './call-sides.js';
import { CONNECTIONS, EVENTS_OF_A_COLD_CLUSTER, IN_FLIGHT, WARM } from './mix.js';

const HEAD = [
  'side',
  'round',
  'per second',
  'p50 ms',
  'p99 ms',
  'max ms',
  'CPU µs per call',
  'of the caller',
  'hot stream p50 / p99 ms',
];

type Row = (string | number)[];

const rowOf = (side: string, round: number, { perSecond, latency }: LoopResult): Row => [
  side,
  round + 1,
  ...[perSecond, latency.p50, latency.p99, latency.max].map(text),
];
const callRow = (side: string, round: number, call: CallResult, hot: string): Row => [
  ...rowOf(side, round, call),
  text(call.cpuMicros),
  text(call.callerMicros),
  hot,
];

/** Every round of every side; `raw` by the name of the side. */
export const callTable = (
  calls: { readonly ours: readonly CallResult[]; readonly empty: readonly CallResult[] },
  raw: Readonly<Record<string, readonly LoopResult[]>>,
): RawTable => [
  HEAD,
  ...calls.ours.map((call, n) =>
    callRow('command', n, call, `${text(call.hotLatency.p50)} / ${text(call.hotLatency.p99)}`),
  ),
  ...calls.empty.map((call, n) => callRow('empty call', n, call, '')),
  ...Object.entries(raw).flatMap(([side, rounds]) =>
    rounds.map((r, n) => [...rowOf(side, n, r), '', '', '']),
  ),
];

export const ratesOf = (rounds: readonly LoopResult[]): number[] => rounds.map(r => r.perSecond);

/** `store`: what commands share the machine with. */
export const callNotes = (store: string): readonly string[] => [
  `${IN_FLIGHT} calls in flight over ${CONNECTIONS} connections; 20 % go to one stream, 10 % to clusters of ` +
    `${EVENTS_OF_A_COLD_CLUSTER} events that the process has not read yet, the rest to ${WARM} others.`,
  'An empty call costs its caller, one process, more CPU than its server: where the caller is the limit, commands ÷ empty ' +
    `calls flatters commands. What it leaves of the machine is what commands and ${store} share.`,
];
