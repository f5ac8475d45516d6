import type { AgentClient, AgentNode } from '@replicante/agent-protocol';
import { AgentConnections } from '@replicante/agent-protocol';
import type { NodeFile } from '@replicante/platform-sdk';
import { childrenOf, findByArguments, freePort, identify, sendSignal } from '@replicante/processes';
import { inspectPostmaster } from '@replicante/postgres-server';
import { PlatformConnections } from '@replicante/platform-protocol';
import type { TestProcess } from '@replicante/testing';
import { eventually, startProcess } from '@replicante/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Where `npm run build` puts its files. */
const dist = process.env['REPLICANTE_DIST'] ?? fileURLToPath(new URL('../../../dist', import.meta.url));
const platformMain = join(dist, 'apps/platform-local/src/main.js');
const SOON = { within: 60_000, every: 100 };

const cluster = {
  cluster_id: 'pg',
  store: 'postgres',
  store_version: '18',
  attributes: {},
  nodes: { main: { desired_count: 3, node_class: 'postgres-local', store_version: null, attributes: {} } },
};

interface Node {
  readonly id: string;
  readonly dir: string;
  readonly file: NodeFile;
  readonly client: AgentClient;
}

let dataDir = '';
let platform: TestProcess;
let agents: AgentConnections;
let platforms: PlatformConnections;
let baseUrl = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'replicante-fleet-'));
  await chmod(dataDir, 0o711);
  agents = new AgentConnections({ callTimeoutMs: 10_000 });
  platforms = new PlatformConnections();
  const port = await freePort();
  baseUrl = `http://127.0.0.1:${port}`;
  platform = await startProcess({
    command: process.execPath,
    args: [platformMain, '--data-dir', dataDir, '--port', String(port), '--restart-delay-ms', '300'],
    ready: /"listening"/,
  });
});
afterEach(async () => {
  await platform.stop();
  const destroyed = await startProcess({
    command: process.execPath,
    args: [platformMain, '--data-dir', dataDir, '--destroy'],
  });
  await destroyed.exit;
  await agents.close();
  await platforms.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Provisions one node; ready when its agent answers. */
async function provision(): Promise<Node> {
  const token = (await readFile(join(dataDir, 'platform.token'), 'utf8')).trim();
  const answer = await platforms
    .client({ baseUrl, token })
    .provision(
      { cluster, provision: { count: 1, node_group_id: 'main' } },
      { attemptId: randomUUID(), idempotencyKey: randomUUID(), fence: { epoch: 0, token: 1 } },
    );
  const id = answer.kind === 'ok' ? answer.value.node_ids?.[0] : undefined;
  if (id === undefined) throw new Error(JSON.stringify(answer));
  const dir = join(dataDir, 'nodes/pg', id);
  const file = JSON.parse(await readFile(join(dir, 'node.json'), 'utf8')) as NodeFile;
  const agentToken = (await readFile(resolve(dir, file.agent.tokenFile), 'utf8')).trim();
  const client = agents.client({ address: `http://127.0.0.1:${file.agent.port}`, token: agentToken });
  const node = { id, dir, file, client };
  await eventually(async () => (await client.infoNode()).kind === 'ok', SOON);
  return node;
}

async function infoOf({ client }: Node): Promise<AgentNode | undefined> {
  const answer = await client.infoNode();
  return answer.kind === 'ok' ? answer.value : undefined;
}
const becomes = (node: Node, status: AgentNode['node_status'], problem?: string) =>
  eventually(
    async () => {
      const info = await infoOf(node);
      const fits = info?.node_status === status && info.attributes['problem'] === problem;
      if (!fits) throw new Error(JSON.stringify(info));
      return info;
    },
    { ...SOON, what: `${node.id} ${JSON.stringify(status)} ${problem ?? ''}` },
  );

const memberAddress = (node: Node): string => `127.0.0.1:${node.file.postgres.port}`;
async function schedule(
  node: Node,
  kind: string,
  args: null | { readonly node: string } = null,
): Promise<string> {
  const id = randomUUID();
  const answer = await node.client.scheduleAction({ id, kind: `agent.replicante.io/${kind}`, args });
  expect(answer).toEqual({ kind: 'ok', value: { id } });
  return id;
}
const finished = (node: Node, id: string) =>
  eventually(
    async () => {
      const answer = await node.client.action(id);
      if (answer.kind === 'ok' && answer.value.finished_time !== null) return answer.value.state;
      throw new Error(JSON.stringify(answer));
    },
    { within: 90_000, every: 50, what: `action ${id} of ${node.id}` },
  );
async function initialised(): Promise<Node> {
  const node = await provision();
  expect(await finished(node, await schedule(node, 'cluster.init'))).toMatchObject({
    phase: 'DONE',
    error: null,
  });
  return node;
}

async function query(node: Node, text: string): Promise<Record<string, unknown>[]> {
  const { port, superuser, passwordFile } = node.file.postgres;
  const password = (await readFile(resolve(node.dir, passwordFile), 'utf8')).trim();
  const client = new pg.Client({ host: '127.0.0.1', port, user: superuser, password, database: 'postgres' });
  client.on('error', () => undefined); // the server was killed under it, as the test meant
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Bytes copied so far by a join; 0 while it does something else. */
async function copied(node: Node, id: string): Promise<number> {
  const answer = await node.client.action(id);
  const payload = answer.kind === 'ok' ? answer.value.state.payload : null;
  const bytes = payload !== null && typeof payload === 'object' && 'bytes' in payload ? payload.bytes : 0;
  return typeof bytes === 'number' ? bytes : 0;
}
/** Large enough that the copy takes a while. */
const grow = (node: Node) =>
  query(node, "create table big as select g as n, repeat('x', 500) as t from generate_series(1, 200000) g");

function killAgent(node: Node): void {
  for (const agent of findByArguments(['--node-dir', node.dir])) sendSignal(agent, 'SIGKILL');
}
async function killServer(node: Node): Promise<void> {
  const state = await inspectPostmaster(join(node.dir, 'data'));
  const identity = state.kind === 'running' ? identify(state.identity.pid) : undefined;
  if (identity) sendSignal(identity, 'SIGKILL');
}

/** Connections stay open and nothing answers; answers how to end it. */
async function freezeServer(node: Node): Promise<() => void> {
  const state = await inspectPostmaster(join(node.dir, 'data'));
  if (state.kind !== 'running') throw new Error(`the server of ${node.id} does not run`);
  const { identity } = state;
  sendSignal(identity, 'SIGSTOP');
  const frozen = [identity, ...childrenOf(identity.pid).flatMap(pid => identify(pid) ?? [])];
  for (const process of frozen) sendSignal(process, 'SIGSTOP');
  return () => {
    for (const process of frozen.reverse()) sendSignal(process, 'SIGCONT');
  };
}

describe('a cluster of agents', () => {
  it('is initialised once, joined by streaming standbys, and a row of the primary is read on each', async () => {
    const first = await provision();
    const fresh = await becomes(first, 'NOT_IN_CLUSTER');
    expect(fresh).toMatchObject({
      node_id: first.id,
      store_id: 'postgresql',
      attributes: { node_group: 'main' },
    });
    expect(await first.client.infoShards()).toEqual({ kind: 'ok', value: { shards: [] } });
    expect(await first.client.infoStore()).toMatchObject({ kind: 'ok', value: { cluster_id: 'pg' } });

    expect(await finished(first, await schedule(first, 'cluster.init'))).toMatchObject({ phase: 'DONE' });
    await becomes(first, 'HEALTHY');
    expect(await finished(first, await schedule(first, 'cluster.init'))).toMatchObject({
      phase: 'FAILED',
      error: { error_msg: expect.stringContaining('ALREADY_INITIALISED') },
    });
    await query(first, 'create table t (n int); insert into t values (1)');

    const standbys = [await provision(), await provision()];
    for (const standby of standbys) {
      const state = await finished(
        standby,
        await schedule(standby, 'cluster.join', { node: memberAddress(first) }),
      );
      expect(state).toMatchObject({ phase: 'DONE', error: null });
      await becomes(standby, 'HEALTHY');
    }
    await query(first, 'insert into t values (2)');
    for (const standby of standbys) {
      await eventually(async () => (await query(standby, 'select n from t')).length === 2, SOON);
      await expect(query(standby, 'insert into t values (3)')).rejects.toMatchObject({ code: '25006' });
    }

    const stores = await Promise.all([first, ...standbys].map(node => node.client.infoStore()));
    const identities = stores.map(store => store.kind === 'ok' && store.value.attributes['store_identity']);
    expect(new Set(identities).size).toBe(1);
    expect(identities[0]).toMatch(/^\d{15,20}$/);
    const roles = await Promise.all([first, ...standbys].map(node => node.client.infoShards()));
    expect(roles.map(answer => answer.kind === 'ok' && answer.value.shards[0]?.role)).toEqual([
      'Primary',
      'Secondary',
      'Secondary',
    ]);
    expect(roles[0]).toMatchObject({ value: { shards: [{ id: 'postgresql', lag: null }] } });
    expect(roles[1]).toMatchObject({ value: { shards: [{ lag: { unit: { unit: 'bytes' } } }] } });

    const taken = await schedule(standbys[0] ?? first, 'cluster.join', { node: memberAddress(first) });
    expect(await finished(standbys[0] ?? first, taken)).toMatchObject({
      phase: 'FAILED',
      error: { error_msg: expect.stringContaining('ALREADY_A_MEMBER') },
    });
  }, 180_000);

  it('keeps passwords out of answers, logs, arguments and actions', async () => {
    const first = await initialised();
    const second = await provision();
    await finished(second, await schedule(second, 'cluster.join', { node: memberAddress(first) }));
    const secrets = [
      (await readFile(resolve(first.dir, first.file.postgres.passwordFile), 'utf8')).trim(),
      (await readFile(join(second.dir, 'replication.pgpass'), 'utf8')).trim().split(':').at(-1) ?? '',
      (await readFile(resolve(first.dir, first.file.agent.tokenFile), 'utf8')).trim(),
    ];
    const told: string[] = [];
    for (const node of [first, second]) {
      for (const ask of ['infoNode', 'infoStore', 'infoShards', 'actionsFinished'] as const)
        told.push(JSON.stringify(await node.client[ask]()));
      for (const name of await readdir(node.dir, { withFileTypes: true, recursive: true }))
        if (name.isFile() && /\.log$/.test(name.name) && !name.parentPath.includes('pg_wal'))
          told.push(await readFile(join(name.parentPath, name.name), 'utf8'));
      for (const name of await readdir(join(node.dir, 'agent', 'actions')))
        told.push(await readFile(join(node.dir, 'agent', 'actions', name), 'utf8'));
    }
    told.push(platform.output());
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(10);
      expect(told.filter(text => text.includes(secret))).toEqual([]);
    }
  }, 120_000);
});

describe('an agent killed with kill -9', () => {
  it('in mid-join begins the copy afresh and ends as one healthy standby', async () => {
    const first = await initialised();
    await grow(first);
    const second = await provision();
    const join1 = await schedule(second, 'cluster.join', { node: memberAddress(first) });
    for (let kills = 0; kills < 3; kills += 1) {
      await eventually(async () => (await copied(second, join1)) > 2_000_000 * (kills + 1), {
        within: 60_000,
        every: 5,
      });
      killAgent(second);
      const names = await readdir(second.dir);
      expect(names).not.toContain('data');
      const draft = names.find(name => name.startsWith('data.joining-')) ?? '';
      // Whatever there is could only start as a standby.
      expect(await readdir(join(second.dir, draft))).toContain('standby.signal');
      await eventually(async () => (await infoOf(second)) !== undefined, SOON);
    }
    expect(await finished(second, join1)).toMatchObject({ phase: 'DONE', error: null });
    await becomes(second, 'HEALTHY');
    expect((await readdir(second.dir)).filter(name => name.startsWith('data'))).toEqual(['data']);
    const slots = await query(first, 'select slot_name, active from pg_replication_slots');
    expect(slots).toEqual([{ slot_name: `replicante_${second.id.replaceAll('-', '_')}`, active: true }]);
    expect(await query(second, 'select count(*)::int as n from big')).toEqual([{ n: 200000 }]);
  }, 180_000);

  it('or whose primary is, in mid-join, ends as one healthy standby in constant memory', async () => {
    const first = await initialised();
    await grow(first);
    const second = await provision();
    const id = await schedule(second, 'cluster.join', { node: memberAddress(first) });
    await eventually(async () => (await copied(second, id)) > 5_000_000, { within: 60_000, every: 5 });
    await killServer(first);
    expect(await finished(second, id)).toMatchObject({ phase: 'DONE', error: null });
    await becomes(second, 'HEALTHY');
    await becomes(first, 'HEALTHY');
    expect(await query(second, 'select count(*)::int as n from big')).toEqual([{ n: 200000 }]);
    if (process.platform !== 'linux') return;
    const [agent] = findByArguments(['--node-dir', second.dir]);
    const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${agent?.pid}/status`, 'utf8'))?.[1];
    // Node alone takes some 60 MB; the data that was copied (twice) is 130 MB and more.
    expect(Number(peak)).toBeLessThan(160_000);
  }, 180_000);

  it('in mid-init ends with one writable primary', async () => {
    const node = await provision();
    const init = await schedule(node, 'cluster.init');
    for (const sign of ['data.init-', 'membership.json', 'data']) {
      await eventually(async () => (await readdir(node.dir)).some(name => name.startsWith(sign)), {
        ...SOON,
        every: 2,
      });
      killAgent(node);
      await eventually(async () => (await infoOf(node)) !== undefined, SOON);
    }
    expect(await finished(node, init)).toMatchObject({ phase: 'DONE', error: null });
    await becomes(node, 'HEALTHY');
    expect((await readdir(node.dir)).filter(name => name.startsWith('data'))).toEqual(['data']);
    await query(node, 'create table t (n int)');
  }, 120_000);
});

describe('status comes from the servers', () => {
  it('tells a killed or frozen server, a lost primary and missing data apart, and is well again', async () => {
    const first = await initialised();
    const second = await provision();
    await finished(second, await schedule(second, 'cluster.join', { node: memberAddress(first) }));
    await becomes(second, 'HEALTHY');

    await writeFile(join(first.dir, 'fenced'), '{}');
    await killServer(first);
    await becomes(first, 'UNAVAILABLE');
    await becomes(second, 'UNHEALTHY', 'NOT_STREAMING');
    const shards = await second.client.infoShards();
    expect(shards).toMatchObject({ value: { shards: [{ role: 'Recovering', lag: null }] } });
    expect(await first.client.infoShards()).toMatchObject({ kind: 'refused', status: 503 });
    await rm(join(first.dir, 'fenced'));
    await becomes(first, 'HEALTHY');
    await becomes(second, 'HEALTHY');

    const thaw = await freezeServer(first);
    await becomes(first, 'UNAVAILABLE');
    await becomes(second, 'UNHEALTHY', 'NOT_STREAMING');
    thaw();
    await becomes(first, 'HEALTHY');
    await becomes(second, 'HEALTHY');

    await writeFile(join(second.dir, 'fenced'), '{}');
    await killServer(second);
    await becomes(second, 'UNAVAILABLE');
    await rename(join(second.dir, 'data'), join(second.dir, 'elsewhere'));
    await becomes(second, 'UNHEALTHY', 'DATA_MISSING');
    const refused = await schedule(second, 'cluster.init');
    expect(await finished(second, refused)).toMatchObject({ phase: 'FAILED' });
    await rename(join(second.dir, 'elsewhere'), join(second.dir, 'data'));
    await rename(join(second.dir, 'membership.json'), join(second.dir, 'membership.away'));
    await becomes(second, 'UNHEALTHY', 'NO_MEMBERSHIP_RECORD');
    await rename(join(second.dir, 'membership.away'), join(second.dir, 'membership.json'));
    await rm(join(second.dir, 'fenced'));
    await becomes(second, 'HEALTHY');
    await becomes(first, 'HEALTHY');
  }, 180_000);

  it('tells foreign data from its own', async () => {
    const first = await initialised();
    const file = join(first.dir, 'membership.json');
    const membership = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...membership, systemIdentifier: '7000000000000000000' }));
    await becomes(first, 'UNHEALTHY', 'DATA_MISSING');
  }, 60_000);

  it('fails a join to nobody in time, or to a standby, and leaves no slot behind', async () => {
    const first = await initialised();
    const second = await provision();
    await finished(second, await schedule(second, 'cluster.join', { node: memberAddress(first) }));
    const third = await provision();
    for (const args of [
      { node: 'nonsense' },
      { node: memberAddress(third) },
      { node: memberAddress(second) },
    ])
      expect(await finished(third, await schedule(third, 'cluster.join', args))).toMatchObject({
        phase: 'FAILED',
      });
    await becomes(third, 'NOT_IN_CLUSTER');
    expect(await query(first, 'select slot_name from pg_replication_slots')).toHaveLength(1);
    expect(
      await finished(third, await schedule(third, 'cluster.join', { node: memberAddress(first) })),
    ).toMatchObject({
      phase: 'DONE',
    });
  }, 180_000);
});
