import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '../rig/answer-parent.js';

export interface RawAppendsRequest {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
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

/** One event per statement, each connection on a stream of its own, through the function that the adapter calls. */
async function run({
  url,
  seconds,
  connections,
  data,
  metadata,
}: RawAppendsRequest): Promise<RawAppendsResult> {
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map(client => client.connect()));
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(
    clients.map(async client => {
      const stream = `raw-${randomUUID()}`;
      for (let revision = -1; performance.now() < end; revision += 1) {
        const sent = performance.now();
        const values = [
          [stream],
          [1],
          [revision],
          [1],
          [randomUUID()],
          [stream],
          ['bench.Raw.v1'],
          [data],
          [metadata],
        ];
        const { rows } = await client.query<{ outcomes: string }>({ name: 'raw_append', text: TEXT, values });
        if (rows[0]?.outcomes !== '0') throw new Error(`the raw append was answered ${rows[0]?.outcomes}`);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  await Promise.all(clients.map(client => client.end()));
  return { perSecond: latencies.length / took, latency: latencyOf(latencies) };
}

answerParent(run);
