import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { answerParent } from '@replicante/processes';
import { closedLoop } from '../rig/closed-loop.js';
import type { LoopResult } from '../rig/closed-loop.js';
import type { WrittenEvent } from './written-event.js';

export interface RawAppendsRequest {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** Appends that travel in one statement, each to a stream of its own. */
  readonly together: number;
  readonly event: WrittenEvent;
}

const TEXT = `select outcomes, revisions, positions
  from event_store.append_group($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Through the function that the adapter calls, each connection on streams of its own; latency is the statement's. */
async function run(request: RawAppendsRequest): Promise<LoopResult> {
  const { url, seconds, connections, together } = request;
  const data = JSON.stringify(request.event.data);
  const metadata = JSON.stringify(request.event.metadata);
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map(client => client.connect()));
  const all = <T>(value: T): T[] => Array.from({ length: together }, () => value);
  const outcomes = all('0').join(',');
  const loop = await closedLoop(connections, seconds, index => {
    const streams = all('').map(() => `raw-${randomUUID()}`);
    let revision = -1;
    return async () => {
      const values = [
        streams,
        streams.map((_, at) => at + 1),
        all(revision),
        all(1),
        streams.map(() => randomUUID()),
        streams,
        all('bench.Raw.v1'),
        all(data),
        all(metadata),
      ];
      const answer = await clients[index]?.query<{ outcomes: string }>({
        name: 'raw_append',
        text: TEXT,
        values,
      });
      const answered = answer?.rows[0]?.outcomes;
      if (answered !== outcomes) throw new Error(`raw appends were answered ${answered}`);
      revision += 1;
    };
  });
  await Promise.all(clients.map(client => client.end()));
  return { perSecond: loop.perSecond * together, latency: loop.latency };
}

answerParent(run);
