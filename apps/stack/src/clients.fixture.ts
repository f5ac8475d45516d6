import { randomUUID } from 'node:crypto';
import { type ErrorCode, ERROR_CATALOGUE, RejectedError } from '@replicante/kernel';
import { openGrpcClient, pause } from '@replicante/service';
import { Kafka, logLevel } from 'kafkajs';
import { v7 } from 'uuid';

/** Something that goes on beside the test until it is stopped. */
export interface Going<T> {
  stop(): Promise<T>;
}

const goOn = <T>(work: (signal: AbortSignal) => Promise<T>): Going<T> => {
  const stop = new AbortController();
  const done = work(stop.signal);
  // Looked at by whoever stops it.
  done.catch(() => undefined);
  return {
    stop: () => {
      stop.abort();
      return done;
    },
  };
};

export interface Submitted {
  readonly accepted: number;
  /** How often which code was answered and the same id sent again. */
  readonly repeated: Readonly<Record<string, number>>;
  /** Refused for good, or not accepted within 30 s of trying. */
  readonly failed: readonly string[];
}

const LANES = 4;
const PACE_MS = 50;
const PATIENCE_MS = 30_000;

/** By the catalogue: "unavailable, try again", under the same id; the rest is an answer. */
const mayBeRepeated = (code: string): boolean =>
  code in ERROR_CATALOGUE && ERROR_CATALOGUE[code as ErrorCode].exit === 6;

/** A client of all command services: applies a namespace of its own again and again, four commands in flight. */
export function submitting(doors: readonly string[]): Going<Submitted> {
  const client = openGrpcClient({
    address: doors.join(','),
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  const sum = { accepted: 0, repeated: {} as Record<string, number>, failed: [] as string[] };
  const submit = async (lane: number, round: number): Promise<void> => {
    const status = round % 2 === 0 ? 'Active' : 'Observed';
    const spec = { id: `submitted-${lane}`, status };
    const manifest_json = JSON.stringify({ apiVersion: 'replicante.io/v0', kind: 'Namespace', spec });
    const request = { meta: { command_id: v7(), claimed_actor: 'test' }, manifest_json };
    for (const began = performance.now(); ;)
      try {
        await client.call('Apply', request, { deadlineMs: 10_000 });
        sum.accepted += 1;
        return;
      } catch (error) {
        const code = error instanceof RejectedError ? error.code : String(error);
        if (!mayBeRepeated(code) || performance.now() - began > PATIENCE_MS) {
          sum.failed.push(`${code}: ${error instanceof Error ? error.message : ''}`);
          return;
        }
        sum.repeated[code] = (sum.repeated[code] ?? 0) + 1;
        await pause(200, new AbortController().signal);
      }
  };
  return goOn(async signal => {
    await Promise.all(
      Array.from({ length: LANES }, async (_, lane) => {
        for (let round = 0; !signal.aborted; round += 1) {
          await submit(lane, round);
          await pause(PACE_MS, signal);
        }
      }),
    );
    client.close();
    return sum;
  });
}

export interface Asked {
  readonly rounds: number;
  /** Rounds in which no process of the pair answered with rows, and what each said. */
  readonly unanswered: readonly string[];
}

const QUERY = JSON.stringify({ query: '{ cluster(nsId: "default", clusterId: "pg") { clusterId } }' });

/** Of what `fetch` throws; its errors are no `Error` of the realm that specs run in. */
function codeOf(error: unknown): string {
  const cause: unknown =
    typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : String(error);
}

/** Asks every query process at once, ten times a second: a client that has both asks the other when one is not there. */
export function asking(doors: readonly string[]): Going<Asked> {
  const ask = async (door: string): Promise<string> => {
    try {
      const answer = await fetch(`${door}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: QUERY,
        signal: AbortSignal.timeout(10_000),
      });
      const text = await answer.text();
      return text === '{"data":{"cluster":{"clusterId":"pg"}}}' ? 'rows' : `${answer.status}`;
    } catch (error) {
      return codeOf(error);
    }
  };
  return goOn(async signal => {
    const sum = { rounds: 0, unanswered: [] as string[] };
    for (; !signal.aborted; sum.rounds += 1) {
      const answers = await Promise.all(doors.map(ask));
      if (!answers.includes('rows')) sum.unanswered.push(answers.join(' | '));
      await pause(100, signal);
    }
    return sum;
  });
}

/** Completed cycles by cluster, in milliseconds of the wall clock of `command`. */
export type Cycles = ReadonlyMap<string, readonly number[]>;

/** Reads the samples of cycles as an outside consumer does. */
export async function followingCycles(broker: string): Promise<Going<Cycles> & { seen(): Cycles }> {
  const kafka = new Kafka({ clientId: 'test', brokers: [broker], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}` });
  const cycles = new Map<string, number[]>();
  await consumer.connect();
  await consumer.subscribe({ topics: ['replicante.samples'], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { value } }) => {
      const sample = JSON.parse(value?.toString() ?? 'null') as {
        data?: { cluster_id: string; completed_at: string };
      } | null;
      if (!sample?.data) return;
      const { cluster_id, completed_at } = sample.data;
      cycles.set(cluster_id, [...(cycles.get(cluster_id) ?? []), Date.parse(completed_at)]);
    },
  });
  return {
    seen: () => cycles,
    stop: async () => {
      await consumer.disconnect();
      return cycles;
    },
  };
}

/** The longest time between two completed cycles of any cluster that overlaps the span. */
export function longestGapMs(cycles: Cycles, { from, to }: { from: number; to: number }): number {
  let longest = 0;
  for (const completed of cycles.values()) {
    const sorted = [...completed].sort((a, b) => a - b);
    for (const [i, at] of sorted.entries()) {
      const next = sorted[i + 1] ?? at;
      if (next >= from && at <= to) longest = Math.max(longest, next - at);
    }
  }
  return longest;
}
