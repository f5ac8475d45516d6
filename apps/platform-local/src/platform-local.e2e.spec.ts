import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PlatformClient, PlatformConnections } from '@replicante/platform-protocol';
import { initdb, inspectPostmaster, locateBinaries } from '@replicante/postgres-server';
import { findByArguments, freePort } from '@replicante/processes';
import { type TestProcess, eventually, startProcess } from '@replicante/testing';

const main = fileURLToPath(new URL('../../../dist/apps/platform-local/src/main.js', import.meta.url));
const agent = fileURLToPath(new URL('../fixtures/fake-agent.mjs', import.meta.url));
const request = {
  cluster: {
    cluster_id: 'pg',
    store: 'postgres',
    store_version: '18',
    attributes: {},
    nodes: { main: { desired_count: 1, node_class: 'postgres-local', store_version: null, attributes: {} } },
  },
  provision: { count: 1, node_group_id: 'main' },
};
const attempt = { attemptId: 'a-1', idempotencyKey: 'k-1', fence: { epoch: 0, token: 1 } };

let dataDir: string;
let port: number;
const connections = new PlatformConnections();

const run = (...args: readonly string[]): Promise<TestProcess> =>
  startProcess({ command: process.execPath, args: [main, '--data-dir', dataDir, ...args] });

const serve = (): Promise<TestProcess> =>
  startProcess({
    command: process.execPath,
    args: [
      main,
      '--data-dir',
      dataDir,
      '--port',
      String(port),
      '--agent-main',
      agent,
      '--restart-delay-ms',
      '50',
    ],
    ready: /"listening"/,
  });

async function client(): Promise<PlatformClient> {
  const token = (await readFile(join(dataDir, 'platform.token'), 'utf8')).trim();
  return connections.client({ baseUrl: `http://127.0.0.1:${port}`, token });
}

async function begin(): Promise<TestProcess> {
  dataDir = await mkdtemp(join(tmpdir(), 'replicante-platform-'));
  await chmod(dataDir, 0o711);
  port = await freePort();
  return serve();
}

async function runningServer(): Promise<number> {
  return eventually(
    async () => {
      const state = await inspectPostmaster(join(dataDir, 'nodes/pg/pg-1/data'));
      return state.kind === 'running' && state.identity.pid;
    },
    { within: 20_000 },
  );
}

afterEach(async () => {
  await connections.close();
  await (
    await run('--destroy')
  ).exit;
  await rm(dataDir, { recursive: true, force: true });
});

describe('the platform process', () => {
  it('survives kill -9 with its nodes running, adopted and not doubled; stops them when asked', async () => {
    const first = await begin();
    expect(await (await client()).provision(request, attempt)).toMatchObject({
      value: { node_ids: ['pg-1'] },
    });
    await initdb(await locateBinaries(), {
      dataDir: join(dataDir, 'nodes/pg/pg-1/data'),
      superuser: 'postgres',
      passwordFile: join(dataDir, 'nodes/pg/credentials/superuser.password'),
      durable: false,
    });
    const server = await runningServer();
    const nodeDir = join(dataDir, 'nodes/pg/pg-1');
    const agents = findByArguments(['--node-dir', nodeDir]);
    expect(agents).toHaveLength(1);

    await first.kill();
    const second = await serve();
    expect(await (await client()).provision(request, attempt)).toMatchObject({
      value: { node_ids: ['pg-1'] },
    });
    await eventually(
      () => /"agent-adopted"/.test(second.output()) && /"postgres-adopted"/.test(second.output()),
      {
        within: 10_000,
      },
    );
    expect(await runningServer()).toBe(server);
    expect(findByArguments(['--node-dir', nodeDir])).toEqual(agents);

    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(await runningServer()).toBe(server);

    await serve();
    expect(await (await run('--stop-all')).exit).toEqual({ code: 0, signal: null });
    expect(findByArguments(['--node-dir', nodeDir])).toEqual([]);
    expect((await inspectPostmaster(join(nodeDir, 'data'))).kind).toBe('none');
    expect(await readdir(nodeDir)).toContain('data');
  });

  it('says in one sentence what is wrong with how it was called', async () => {
    await begin();
    const busy = await run('--port', String(port));
    expect(await busy.exit).toEqual({ code: 2, signal: null });
    expect(busy.stderr()).toMatch(/is in use by process \d+; stop that one first/);
    const wrong = await run('--port', 'many');
    expect(await wrong.exit).toEqual({ code: 2, signal: null });
    expect(wrong.stderr()).toMatch(/--port takes a whole number/);
  });
});
