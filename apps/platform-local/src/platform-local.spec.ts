import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeFile } from '@replicante/platform-sdk';
import { decodeNodeFile } from '@replicante/platform-sdk';
import { BackOff } from '@replicante/processes';
import { type DataLayout, layoutOf } from './data-layout.js';
import { NodeStore } from './node-store.js';
import { UsageError, readOptions } from './options.js';
import { templateOf } from './templates.js';

describe('the back-off', () => {
  it('doubles up to 30 s and begins anew after 30 s of health', () => {
    const backOff = new BackOff(500);
    const waits = [10, 10, 10, 10, 10, 10, 10, 10].map(ran => backOff.after(ran));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(backOff.after(30_000)).toBe(500);
    expect(backOff.after(10)).toBe(1_000);
  });

  it('keeps a first delay above its bound, and 0 is no busy loop for ever', () => {
    const slow = new BackOff(60_000);
    expect([slow.after(0), slow.after(0)]).toEqual([60_000, 60_000]);
    const fast = new BackOff(0);
    expect([fast.after(0), fast.after(0), fast.after(0)]).toEqual([0, 1, 2]);
  });
});

describe('the command line', () => {
  it('has defaults below the data directory', () => {
    expect(readOptions(['--data-dir', '/d', '--no-idempotency'])).toMatchObject({
      task: 'serve',
      dataDir: '/d',
      port: 16018,
      tokenFile: '/d/platform.token',
      agentTokenFile: '/d/agent.token',
      idempotency: false,
      restartDelayMs: 500,
    });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [[], /--data-dir is required/],
    [['--data-dir', 'd', '--port', '70000'], /--port takes a whole number/],
    [['--data-dir', 'd', '--stop-all', '--destroy'], /exclude each other/],
    [['--data-dir', 'd', '--nonsense'], /--nonsense/],
  ])('%j is a mistake, said in one sentence', (argv, what) => {
    expect(() => readOptions(argv)).toThrow(UsageError);
    expect(() => readOptions(argv)).toThrow(what);
  });
});

describe('a node class', () => {
  it.each(['big', '', 'constructor'])('%j is not defined', name => {
    expect(() => templateOf(name)).toThrow(/defined: postgres-local/);
  });
});

describe('the nodes on disk', () => {
  let layout: DataLayout;
  let store: NodeStore;
  const ids = { attemptId: 'a', idempotencyKey: null, fence: '0.1' };
  const fileOf = (nodeId: string): NodeFile => ({
    version: 1,
    nodeId,
    clusterId: 'pg',
    nodeGroup: 'g',
    nodeClass: 'postgres-local',
    storeVersion: '18',
    attributes: {},
    agent: { host: '127.0.0.1', port: 1, tokenFile: 't' },
    postgres: {
      host: '127.0.0.1',
      port: 2,
      superuser: 'postgres',
      passwordFile: 'p',
      dataDir: 'data',
      logFile: 'l',
      settings: {},
    },
  });

  beforeEach(async () => {
    layout = layoutOf(await mkdtemp(join(tmpdir(), 'replicante-store-')));
    await mkdir(layout.nodes);
    await mkdir(layout.retired);
    store = new NodeStore(layout);
  });
  afterEach(() => rm(layout.root, { recursive: true }));

  it('are read back in the order of their numbers, with the ids of their attempt', async () => {
    for (let i = 1; i <= 11; i += 1) await store.create(fileOf(await store.nextNodeId('pg')), ids);
    const nodes = await new NodeStore(layout).load();
    expect(nodes.map(({ file }) => file.nodeId)).toEqual(Array.from({ length: 11 }, (_, i) => `pg-${i + 1}`));
    expect(nodes[0]).toMatchObject({ provision: ids, retiring: false });
  });

  it('do not include what a crash left half made, whose number is not used again', async () => {
    await mkdir(join(layout.nodes, 'pg', await store.nextNodeId('pg')));
    expect(await store.load()).toEqual([]);
    expect(await readdir(join(layout.nodes, 'pg'))).toEqual(['numbers.json']);
    expect(await store.nextNodeId('pg')).toBe('pg-2');
  });

  it('are never removed because a file is missing', async () => {
    await mkdir(join(layout.nodes, 'pg', 'pg-1', 'data'), { recursive: true });
    await expect(store.load()).rejects.toThrow(/holds data but no node.json/);
    expect(await readdir(join(layout.nodes, 'pg', 'pg-1'))).toEqual(['data']);
  });

  it('leave a password file that psql takes', async () => {
    const { directory } = await store.create(fileOf('pg-1'), ids);
    const pgpass = await readFile(join(directory, '../credentials/pgpass'), 'utf8');
    expect(pgpass).toMatch(/^\*:\*:\*:postgres:[0-9a-f]{48}\n$/);
  });

  it('are purged only when their time is over', async () => {
    const node = await store.create(fileOf(await store.nextNodeId('pg')), ids);
    await store.retire(await store.markRetiring(node));
    expect(await store.load()).toEqual([]);
    expect(await store.isRetired('pg', 'pg-1')).toBe(true);
    expect(await store.purgeRetired(1_000)).toEqual([]);
    expect(await store.purgeRetired(1_000, Date.now() + 2_000)).toEqual([join(layout.retired, 'pg', 'pg-1')]);
    expect(await store.isRetired('pg', 'pg-1')).toBe(false);
  });

  it('carry a file that says by path what is wrong with it', async () => {
    const node = await store.create(fileOf('pg-1'), ids);
    const written: unknown = JSON.parse(await readFile(join(node.directory, 'node.json'), 'utf8'));
    expect(decodeNodeFile(written)).toEqual({ ok: true, value: fileOf('pg-1') });
    const broken = decodeNodeFile({ ...fileOf('pg-1'), agent: { host: '', port: 70_000 } });
    expect(broken.ok ? [] : broken.problems.map(({ path }) => path)).toEqual([
      'agent.host',
      'agent.port',
      'agent.tokenFile',
    ]);
  });
});
