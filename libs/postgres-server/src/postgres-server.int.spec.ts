import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  childrenOf,
  exitWithin,
  freePort,
  identify,
  ownIdentity,
  runToEnd,
  sendSignal,
  spawnDetached,
  stop,
} from '@replicante/processes';
import {
  type PostgresBinaries,
  type PostgresServer,
  adoptPostgres,
  databaseUser,
  initdb,
  inspectPostmaster,
  launchPostgres,
  locateBinaries,
  processesIn,
  startPostgres,
} from './index.js';

let binaries: PostgresBinaries;
let templateFolder: string;
let template: string;
let folder: string;
let dataDir: string;
let logFile: string;
let port: number;
const login = { user: 'admin', password: 'secret word' };
const started: PostgresServer[] = [];

beforeAll(async () => {
  binaries = await locateBinaries();
  templateFolder = await mkdtemp(join(tmpdir(), 'replicante-template-'));
  await chmod(templateFolder, 0o711);
  template = join(templateFolder, 'data');
  const passwordFile = join(templateFolder, 'password');
  await writeFile(passwordFile, `${login.password}\n`, { mode: 0o600 });
  await initdb(binaries, { dataDir: template, superuser: login.user, passwordFile, durable: false });
});
afterAll(() => rm(templateFolder, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replicante-postgres-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'data');
  logFile = join(folder, 'log');
  port = await freePort();
  await writeFile(join(folder, 'password'), `${login.password}\n`, { mode: 0o600 });
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop({ graceMs: 5_000 });
  await rm(folder, { recursive: true, force: true });
});

const make = () =>
  initdb(binaries, {
    dataDir,
    superuser: login.user,
    passwordFile: join(folder, 'password'),
    durable: false,
  });

/** A finished data directory, far cheaper than another initdb. */
const copy = (to = dataDir): Promise<string> => runToEnd({ command: 'cp', args: ['-a', template, to] });

async function start(): Promise<PostgresServer> {
  const server = await startPostgres(binaries, {
    dataDir,
    port,
    logFile,
    settings: { fsync: false },
    ready: { login },
  });
  started.push(server);
  return server;
}

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, database: 'postgres', ...login });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('initdb', () => {
  it('makes a private directory of the database user, checksummed and with SCRAM only', async () => {
    await make();
    const { mode, uid } = await stat(dataDir);
    expect([mode & 0o777, uid]).toEqual([0o700, databaseUser()?.uid ?? process.getuid?.()]);
    const hba = await readFile(join(dataDir, 'pg_hba.conf'), 'utf8');
    const rules = hba.split('\n').filter(line => line.trim() && !line.startsWith('#'));
    expect(rules.every(rule => rule.endsWith('scram-sha-256'))).toBe(true);
    await start();
    expect(await query('SHOW data_checksums')).toEqual([{ data_checksums: 'on' }]);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['data', 'log', 'password']));
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('takes the place of what an interrupted one left, and refuses a directory with content', async () => {
    await mkdir(`${dataDir}.initialising`);
    await writeFile(join(`${dataDir}.initialising`, 'PG_VERSION'), '18');
    await make();
    await expect(make()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_NOT_EMPTY' });
  });

  it('gives the directory its name only after it was prepared', async () => {
    const failing = initdb(binaries, {
      dataDir,
      superuser: login.user,
      passwordFile: join(folder, 'password'),
      durable: false,
      prepare: () => Promise.reject(new Error('no')),
    });
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(folder)).not.toContain('data');
  });
});

describe('a server', () => {
  it('listens on the loopback only, answers, and stops fast', async () => {
    await copy();
    const server = await start();
    expect(await query('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await server.ready(); // without a login too: it asks for one
    expect(await server.stop()).toBe('fast');
    expect(await server.stop()).toBe('gone');
    expect(await inspectPostmaster(dataDir)).toEqual({ kind: 'none' });
  });

  it('that runs already is adopted, not started twice', async () => {
    await copy();
    const first = await start();
    const second = await start();
    expect(second).toMatchObject({ adopted: true, identity: first.identity, port });
    expect((await adoptPostgres({ dataDir, logFile }))?.identity).toEqual(first.identity);
  });

  it('starts again after kill -9 of the postmaster, once its frozen children are gone', async () => {
    await copy();
    const first = await start();
    const children = childrenOf(first.identity.pid).flatMap(pid => identify(pid) ?? []);
    for (const child of children) sendSignal(child, 'SIGSTOP');
    sendSignal(first.identity, 'SIGKILL');
    expect(await exitWithin(first.identity, 5_000)).toBe(true);
    expect(await inspectPostmaster(dataDir)).toEqual({ kind: 'stale' });
    if (process.platform === 'linux') expect(processesIn(dataDir).length).toBeGreaterThan(0);
    const starting = start();
    for (const child of children) sendSignal(child, 'SIGCONT');
    const second = await starting;
    expect(second.adopted).toBe(false);
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not stopped by a postmaster.pid whose pid went to a stranger', async () => {
    await copy();
    const first = await start();
    const file = await readFile(join(dataDir, 'postmaster.pid'), 'utf8');
    await first.stop();
    // A process of the same user, so that only start time and directory tell it apart.
    const { identity } = await spawnDetached({
      command: 'sleep',
      args: ['60'],
      cwd: '/',
      logFile: join(folder, 'sleep'),
      user: databaseUser(),
    });
    const lines = file.split('\n');
    lines[0] = String(identity.pid);
    lines[2] = String(Number(lines[2]) - 3_600);
    await writeFile(join(dataDir, 'postmaster.pid'), lines.join('\n'));
    expect(await inspectPostmaster(dataDir)).toEqual({ kind: 'stale', reusedPid: identity.pid });
    expect((await start()).adopted).toBe(false);
    await stop(identity);
  });

  it('is left alone when nothing is proven either way', async () => {
    await copy();
    const first = await start();
    const path = join(dataDir, 'postmaster.pid');
    const file = await readFile(path, 'utf8');
    const lines = file.split('\n');
    lines[2] = String(Number(lines[2]) - 3_600);
    await writeFile(path, lines.join('\n'));
    const attempt = launchPostgres(binaries, { dataDir, port, logFile });
    await expect(attempt).rejects.toMatchObject({ code: 'POSTMASTER_DOUBTFUL' });
    expect(first.isRunning()).toBe(true);
    await writeFile(path, file);
  });

  it('says that its port is in use, that its data is of another major, or none', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'NOT_A_DATA_DIRECTORY' });
    await copy();
    await start();
    const other = join(folder, 'other');
    await copy(other);
    const busy = startPostgres(binaries, { dataDir: other, port, logFile: join(folder, 'other.log') });
    await expect(busy).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await writeFile(join(other, 'PG_VERSION'), '17\n');
    const old = startPostgres(binaries, { dataDir: other, port, logFile });
    await expect(old).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_OTHER_MAJOR',
      message: expect.stringMatching(/PostgreSQL 17 .* PostgreSQL 18: dump it with 17/) as unknown,
    });
  });

  it('never takes this very process for a postmaster', async () => {
    await copy();
    await writeFile(join(dataDir, 'postmaster.pid'), `${ownIdentity().pid}\n${dataDir}\n1\n${port}\n`);
    expect(await inspectPostmaster(dataDir)).toEqual({ kind: 'stale', reusedPid: process.pid });
    await start();
  });
});
