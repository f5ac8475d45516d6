import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGrpcClient } from '@replicante/service';
import type { GrpcClient } from '@replicante/service';
import type { TestPostgres, TestProcess } from '@replicante/testing';
import { eventually, startProcess, startTestPostgres } from '@replicante/testing';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import pg from 'pg';
import { v7 } from 'uuid';
import type { CommandResponse } from './users/user-commands.js';

const MAIN = join(import.meta.dirname, '../../../dist/apps/command/src/main.js');
/** Of the cluster's stream before anything is killed: more than one snapshot's worth. */
const EVENTS = 1_200;
/** A longer tail is written, sooner or later. */
const DUE = 500;
/** A page tells that the stream is long, a snapshot's own event that it fits. */
const FOUND_BY = 101;

interface Running {
  readonly process: TestProcess;
  readonly client: GrpcClient;
  /** The sum of what is counted under this name, with this outcome. */
  metric(name: string, outcome?: string): Promise<number>;
}

let postgres: TestPostgres;
const running: Running[] = [];

async function start(): Promise<Running> {
  const process_ = await startProcess({
    command: process.execPath,
    args: [MAIN],
    env: { DATABASE_URL: postgres.url, GRPC_PORT: '0', PROBE_PORT: '0', LOG_LEVEL: 'warn' },
    ready: /"event":"ready"/,
  });
  const line = process_
    .stdout()
    .split('\n')
    .find(text => text.includes('"event":"ready"'));
  const { addresses } = JSON.parse(line ?? '{}') as { addresses: { grpc: string; probes: string } };
  const client = openGrpcClient({
    address: addresses.grpc,
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  const metric = async (name: string, outcome?: string): Promise<number> => {
    const text = await (await fetch(`http://${addresses.probes}/metrics`)).text();
    const rows = text.split('\n').filter(row => row.startsWith(`${name}{`) || row.startsWith(`${name} `));
    const wanted = rows.filter(row => outcome === undefined || row.includes(`outcome="${outcome}"`));
    return wanted.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
  };
  const one = { process: process_, client, metric };
  running.push(one);
  return one;
}

const meta = (command_id = v7()): object => ({ command_id, claimed_actor: 'test', traceparent: '' });
const orchestrate = ({ client }: Running, command_id?: string): Promise<CommandResponse> =>
  client.call(
    'OrchestrateCluster',
    { meta: meta(command_id), ns_id: 'default', cluster_id: 'long' },
    { deadlineMs: 30_000 },
  );
const apply = ({ client }: Running, kind: string, spec: object): Promise<CommandResponse> =>
  client.call(
    'Apply',
    { meta: meta(), manifest_json: JSON.stringify({ apiVersion: 'replicante.io/v0', kind, spec }) },
    { deadlineMs: 10_000 },
  );
const READ = 'replicante_command_events_read_total';
const counted = (one: Running, outcome: string): Promise<number> =>
  one.metric('replicante_command_snapshots_total', outcome);

const sql = async (text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
};
const keptRevision = async (): Promise<number> => {
  const [row] = await sql(
    `select revision from snapshot_store.snapshots where stream_id = 'cluster-default:long'`,
  );
  return Number(row?.['revision'] ?? -1);
};

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 60_000);
afterAll(async () => {
  for (const { client } of running) client.close();
  await Promise.all(running.map(one => one.process.kill()));
  await postgres?.stop();
});

describe('a command process with a cluster of a long history', () => {
  let head = -1;
  let repeated = '';

  it('leaves a snapshot behind when it is killed', async () => {
    const first = await start();
    await apply(first, 'Namespace', { id: 'default' });
    await apply(first, 'Platform', {
      ns_id: 'default',
      name: 'local',
      url: { base_url: 'http://127.0.0.1:1' },
    });
    await apply(first, 'ClusterSpec', { ns_id: 'default', cluster_id: 'long', interval: 300 });
    const ids = Array.from({ length: EVENTS }, () => v7());
    repeated = ids[500] ?? '';
    for (let from = 0; from < EVENTS; from += 100)
      await Promise.all(ids.slice(from, from + 100).map(id => orchestrate(first, id)));
    head = Number((await orchestrate(first)).revision);
    expect(head).toBeGreaterThanOrEqual(EVENTS);
    await eventually(async () => ((await keptRevision()) >= head - DUE ? true : undefined), {
      within: 30_000,
    });
    await first.process.kill();
  });

  it('reads only the tail for the first command after it, and still knows the commands before', async () => {
    const kept = await keptRevision();
    const second = await start();
    const answer = await orchestrate(second);
    head += 1;
    expect(answer).toMatchObject({ changed: true, revision: String(head) });
    // The namespace's and the platform's events are read as well.
    expect(await second.metric(READ)).toBeLessThanOrEqual(FOUND_BY + (head - kept) + 5);
    expect(await counted(second, 'used')).toBe(1);
    expect(await orchestrate(second, repeated)).toMatchObject({ repeated: true, changed: true });
    // An orderly stop leaves no tail.
    for (let n = 0; n < 3; n += 1) await Promise.all(Array.from({ length: 50 }, () => orchestrate(second)));
    head += 150;
    expect(await second.process.stop()).toEqual({ code: 0, signal: null });
    // What the last turn appended was not read by anybody.
    expect(await keptRevision()).toBeGreaterThanOrEqual(head - 64);
  });

  it('goes on without them, only slower, when all snapshots are thrown away', async () => {
    await sql('drop schema snapshot_store cascade');
    const third = await start();
    head += 1;
    expect(await orchestrate(third)).toMatchObject({ changed: true, revision: String(head) });
    expect(await orchestrate(third, repeated)).toMatchObject({ repeated: true });
    expect(await third.metric(READ)).toBeGreaterThanOrEqual(head);
    await eventually(async () => ((await counted(third, 'written')) > 0 ? true : undefined), {
      within: 20_000,
    });
    await third.process.kill();
  });

  it('ignores the snapshot of a stream that was cut and went on otherwise, and says so once', async () => {
    await sql(`update snapshot_store.snapshots set event_id = gen_random_uuid()::text`);
    const fourth = await start();
    head += 1;
    expect(await orchestrate(fourth)).toMatchObject({ changed: true, revision: String(head) });
    expect(await counted(fourth, 'ignored')).toBe(1);
    await eventually(
      () => (fourth.process.output().includes('commands go on without a snapshot') ? true : undefined),
      { within: 5_000 },
    );
    const said = fourth.process
      .output()
      .split('\n')
      .filter(row => row.includes('commands go on without a snapshot'));
    expect(said).toEqual([expect.stringMatching(/cluster-default:long.*holds another event at revision/)]);
  });

  it('holds in them nothing that is not in the events', async () => {
    const [row] = await sql(
      `select state, commands from snapshot_store.snapshots where stream_id = 'cluster-default:long'`,
    );
    const texts = [row?.['state'], row?.['commands']].map(text =>
      inflateRawSync(Buffer.from(String(text), 'base64')).toString('utf8'),
    );
    const strings = new Set(texts.join('\n').match(/"(?:[^"\\]|\\.)*"/g) ?? []);
    const events = JSON.stringify(
      await sql(`select position, stream_id, event_id, type, data, metadata from event_store.events`),
    );
    const names = /^"(format|commands|highest|size|value|maps|sets|status|\d{20})"$/;
    const foreign = [...strings].filter(text => !events.includes(text) && !names.test(text));
    // What the fold itself names: fields of its state.
    expect(foreign.filter(text => !/^"[a-z]+([A-Z][a-z]+)*"$/.test(text))).toEqual([]);
    expect(strings.size).toBeGreaterThan(1_000);
  });
});
