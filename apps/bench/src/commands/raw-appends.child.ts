import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '../rig/answer-parent.js';

export interface RawAppendsRequest {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** Appends that travel in one statement, each to a stream of its own. */
  readonly together: number;
  /** JSON texts of an event that `command` appended. */
  readonly data: string;
  readonly metadata: string;
}

export interface RawAppendsResult {
  readonly perSecond: number;
  readonly latency: Latency;
}

const TEXT = `select outcomes, revisions, positions
  from event_store.append_group($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Through the function that the adapter calls, each connection on streams of its own; latency is the statement's. */
async function run({
  url,
  seconds,
  connections,
  together,
  data,
  metadata,
}: RawAppendsRequest): Promise<RawAppendsResult> {
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map(client => client.connect()));
  const latencies: number[] = [];
  const all = <T>(value: T): T[] => Array.from({ length: together }, () => value);
  const outcomes = all('0').join(',');
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(
    clients.map(async client => {
      const streams = all('').map(() => `raw-${randomUUID()}`);
      for (let revision = -1; performance.now() < end; revision += 1) {
        const sent = performance.now();
        const values = [
          streams,
          streams.map((_, index) => index + 1),
          all(revision),
          all(1),
          streams.map(() => randomUUID()),
          streams,
          all('bench.Raw.v1'),
          all(data),
          all(metadata),
        ];
        const { rows } = await client.query<{ outcomes: string }>({ name: 'raw_append', text: TEXT, values });
        if (rows[0]?.outcomes !== outcomes) throw new Error(`raw appends were answered ${rows[0]?.outcomes}`);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  await Promise.all(clients.map(client => client.end()));
  return { perSecond: (latencies.length * together) / took, latency: latencyOf(latencies) };
}

answerParent(run);
