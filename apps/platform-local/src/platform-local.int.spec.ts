import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type PlatformClient,
  PlatformConnections,
  type ProvisionRequest,
} from '@replicante/platform-protocol';
import { initdb, inspectPostmaster, locateBinaries } from '@replicante/postgres-server';
import { findByArguments } from '@replicante/processes';
import { eventually } from '@replicante/testing';
import { type PlatformLocalOptions, type RunningPlatform, serve, stopAll } from './index.js';

const request: ProvisionRequest = {
  cluster: {
    cluster_id: 'pg',
    store: 'postgres',
    store_version: '18',
    attributes: { a: 1, b: 1 },
    nodes: {
      main: { desired_count: 3, node_class: 'postgres-local', store_version: null, attributes: { b: 2 } },
    },
  },
  provision: { count: 2, node_group_id: 'main' },
};
const attempt = (id: string, token = 1) => ({
  attemptId: id,
  idempotencyKey: `key-${id}`,
  fence: { epoch: 0, token },
});

let dataDir: string;
let options: PlatformLocalOptions;
let connections: PlatformConnections;
const log: { event: string; fields: unknown }[] = [];
const running = new Set<RunningPlatform>();

beforeAll(async () => {
  await locateBinaries();
});

async function start(changes: Partial<PlatformLocalOptions> = {}): Promise<PlatformClient> {
  const platform = await serve(
    { ...options, ...changes },
    (event, fields) => void log.push({ event, fields }),
  );
  running.add(platform);
  const token = (await readFile(options.tokenFile, 'utf8')).trim();
  return connections.client({ baseUrl: platform.url, token });
}

async function stopPlatforms(): Promise<void> {
  for (const platform of running) await platform.stop();
  running.clear();
}

async function begin(): Promise<PlatformClient> {
  dataDir = await mkdtemp(join(tmpdir(), 'replicante-platform-'));
  await chmod(dataDir, 0o711);
  connections = new PlatformConnections();
  options = {
    task: 'serve',
    dataDir,
    port: 0,
    tokenFile: join(dataDir, 'platform.token'),
    agentTokenFile: join(dataDir, 'agent.token'),
    idempotency: true,
    restartDelayMs: 50,
    agentMain: fileURLToPath(new URL('../fixtures/fake-agent.mjs', import.meta.url)),
  };
  return start();
}

afterEach(async () => {
  await stopPlatforms();
  await connections.close();
  await stopAll({ ...options, task: 'destroy' }, () => undefined);
  await rm(dataDir, { recursive: true, force: true });
  log.length = 0;
});

async function agentOf(client: PlatformClient, index: number): Promise<{ pid: number; nodeId: string }> {
  const discovery = await client.discover();
  const address =
    discovery.kind === 'ok' ? discovery.value.clusters[0]?.nodes[index]?.agent_address : undefined;
  return eventually(
    async () => (await (await fetch(address ?? '')).json()) as { pid: number; nodeId: string },
    {
      within: 10_000,
    },
  );
}

describe('platform-local', () => {
  it('makes one node per call, starts its agent, and reports it with its group', async () => {
    const client = await begin();
    expect(await client.discover()).toMatchObject({
      kind: 'ok',
      value: { clusters: [], idempotencyKeys: true },
    });
    expect(await client.provision(request, attempt('1'))).toEqual({
      kind: 'ok',
      value: { count: 1, node_ids: ['pg-1'] },
    });
    expect(await client.provision(request, attempt('2'))).toMatchObject({ value: { node_ids: ['pg-2'] } });
    const discovery = await client.discover();
    expect(discovery).toMatchObject({
      value: {
        clusters: [
          {
            cluster_id: 'pg',
            nodes: [
              { node_id: 'pg-1', node_class: 'postgres-local', node_group: 'main' },
              { node_id: 'pg-2', node_class: 'postgres-local', node_group: 'main' },
            ],
          },
        ],
      },
    });
    expect(await agentOf(client, 1)).toMatchObject({ nodeId: 'pg-2', tokenLength: 48 });
    const file: unknown = JSON.parse(await readFile(join(dataDir, 'nodes/pg/pg-1/node.json'), 'utf8'));
    expect(file).toMatchObject({ storeVersion: '18', attributes: { a: 1, b: 2 } });
  });

  it('makes one node for a repeated idempotency key, also over its own restart', async () => {
    const client = await begin();
    const first = await client.provision(request, attempt('1'));
    expect(await client.provision(request, attempt('1'))).toEqual(first);
    await stopPlatforms();
    const again = await start();
    expect(await again.provision(request, attempt('1'))).toEqual(first);
    const other = { ...request, provision: { count: 1, node_group_id: 'main' } };
    expect(await again.provision(other, attempt('1'))).toMatchObject({ kind: 'refused', status: 422 });
  });

  it('makes a node per call when it does not honour keys', async () => {
    await begin();
    await stopPlatforms();
    const client = await start({ idempotency: false });
    expect(await client.discover()).toMatchObject({ value: { idempotencyKeys: false } });
    expect(await client.provision(request, attempt('1', 5))).toMatchObject({ value: { node_ids: ['pg-1'] } });
    expect(await client.provision(request, attempt('1', 4))).toMatchObject({ value: { node_ids: ['pg-2'] } });
  });

  it('refuses a lower fence, also over its own restart', async () => {
    const client = await begin();
    await client.provision(request, attempt('1', 7));
    await stopPlatforms();
    const again = await start();
    expect(await again.provision(request, attempt('2', 6))).toMatchObject({
      kind: 'refused',
      status: 409,
      fenced: true,
    });
    expect(await again.provision(request, attempt('3', 8))).toMatchObject({ value: { node_ids: ['pg-2'] } });
  });

  it('completes an attempt that ended before its result was recorded, with one node', async () => {
    const client = await begin();
    const first = await client.provision(request, attempt('1'));
    await stopPlatforms();
    const path = join(dataDir, 'attempts.jsonl');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    await writeFile(path, `${lines.filter(line => !line.includes('"ended"')).join('\n')}\n`);
    const again = await start();
    expect(await again.provision(request, attempt('1'))).toEqual(first);
    expect(await again.discover()).toMatchObject({ value: { clusters: [{ nodes: [{ node_id: 'pg-1' }] }] } });
  });

  it('refuses an unknown group, class and version, and says what is defined', async () => {
    const client = await begin();
    const group = { ...request, provision: { count: 1, node_group_id: 'other' } };
    expect(await client.provision(group)).toMatchObject({
      kind: 'refused',
      status: 400,
      error: { error: true },
    });
    const change = (fields: object) => ({
      ...request,
      cluster: {
        ...request.cluster,
        nodes: {
          main: {
            desired_count: 1,
            node_class: 'postgres-local',
            store_version: null,
            attributes: {},
            ...fields,
          },
        },
      },
    });
    const refusal = await client.provision(change({ node_class: 'big' }));
    expect(refusal).toMatchObject({ kind: 'refused', status: 404 });
    expect(JSON.stringify(refusal)).toContain('defined: postgres-local');
    expect(await client.provision(change({ store_version: '17.2' }))).toMatchObject({ status: 400 });
    expect(await client.discover()).toMatchObject({ value: { clusters: [] } });
  });

  it('never uses a node id again, and keeps the data of a deprovisioned node', async () => {
    const client = await begin();
    await client.provision(request);
    await agentOf(client, 0);
    await writeFile(join(dataDir, 'nodes/pg/pg-1/precious'), 'data');
    const node = { cluster_id: 'pg', node_id: 'pg-1' };
    expect(await client.deprovision(node)).toEqual({ kind: 'ok', value: undefined });
    expect(await client.deprovision(node)).toEqual({ kind: 'ok', value: undefined });
    expect(await client.deprovision({ ...node, node_id: 'pg-9' })).toMatchObject({
      kind: 'refused',
      status: 404,
    });
    expect(await client.discover()).toMatchObject({ value: { clusters: [] } });
    expect(await readFile(join(dataDir, 'retired/pg/pg-1/precious'), 'utf8')).toBe('data');
    expect(await client.provision(request)).toMatchObject({ value: { node_ids: ['pg-2'] } });
  });

  it('finishes a deprovision that a crash interrupted', async () => {
    const client = await begin();
    await client.provision(request);
    await agentOf(client, 0);
    await stopPlatforms();
    await writeFile(join(dataDir, 'nodes/pg/pg-1/retiring.json'), '{"at":"2026-01-01T00:00:00Z"}');
    const again = await start();
    expect(await again.discover()).toMatchObject({ value: { clusters: [] } });
    expect(await readdir(join(dataDir, 'retired/pg'))).toEqual(['pg-1']);
    expect(findByArguments(['--node-dir', join(dataDir, 'nodes/pg/pg-1')])).toEqual([]);
  });

  it('starts a killed agent again and adopts running ones after its own restart', async () => {
    const client = await begin();
    await client.provision(request);
    const first = await agentOf(client, 0);
    process.kill(first.pid, 'SIGKILL');
    const second = await eventually(
      async () => {
        const agent = await agentOf(client, 0);
        return agent.pid !== first.pid && agent;
      },
      { within: 10_000 },
    );
    await stopPlatforms();
    await rm(join(dataDir, 'nodes/pg/pg-1/agent.pid')); // killed between starting it and remembering it
    const again = await start();
    await eventually(() => log.some(entry => entry.event === 'agent-adopted'), { within: 10_000 });
    expect((await agentOf(again, 0)).pid).toBe(second.pid);
  });

  it('starts only a complete data directory, never while it is fenced, and adopts a running server', async () => {
    const client = await begin();
    await client.provision(request);
    const node = join(dataDir, 'nodes/pg/pg-1');
    const data = join(node, 'data');
    await writeFile(join(node, 'fenced'), '{}');
    await initdb(await locateBinaries(), {
      dataDir: data,
      superuser: 'postgres',
      passwordFile: join(dataDir, 'nodes/pg/credentials/superuser.password'),
      durable: false,
    });
    await agentOf(client, 0);
    expect(await inspectPostmaster(data)).toEqual({ kind: 'none' });
    await rm(join(node, 'fenced'));
    const server = await eventually(
      async () => {
        const state = await inspectPostmaster(data);
        return state.kind === 'running' && state;
      },
      { within: 10_000 },
    );
    await stopPlatforms();
    await start();
    await eventually(() => log.some(entry => entry.event === 'postgres-adopted'), { within: 10_000 });
    process.kill(server.identity.pid, 'SIGKILL');
    await eventually(
      async () => {
        const state = await inspectPostmaster(data);
        return state.kind === 'running' && state.identity.pid !== server.identity.pid;
      },
      { within: 20_000 },
    );
  });

  it('logs each effect before and after it was carried out, without secrets', async () => {
    const client = await begin();
    await client.provision(request, attempt('1', 3));
    const text = await readFile(join(dataDir, 'calls.jsonl'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      {
        phase: 'before',
        endpoint: 'provision',
        clusterId: 'pg',
        attemptId: '1',
        fence: '0.3',
        idempotencyKey: 'key-1',
      },
      { phase: 'after', outcome: 'done', status: 200, result: { count: 1, node_ids: ['pg-1'] } },
    ]);
    for (const file of ['platform.token', 'agent.token', 'nodes/pg/credentials/superuser.password']) {
      expect(text).not.toContain((await readFile(join(dataDir, file), 'utf8')).trim());
    }
  });

  it('is the only platform of its data directory and leaves foreign ones alone', async () => {
    await begin();
    await expect(start()).rejects.toThrow(/is in use by process/);
    const foreign = await mkdtemp(join(tmpdir(), 'replicante-foreign-'));
    await writeFile(join(foreign, 'thesis.txt'), '');
    await chmod(foreign, 0o711);
    await expect(start({ dataDir: foreign })).rejects.toThrow(/holds thesis.txt/);
    await rm(foreign, { recursive: true });
  });
});
