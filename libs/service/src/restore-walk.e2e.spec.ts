import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '@replicante/processes';
import type { TestPostgres, TestProcess } from '@replicante/testing';
import { eventually, startProcess, startTestPostgres } from '@replicante/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';

const main = (app: string): string => resolve(import.meta.dirname, '../../../dist/apps', app, 'src/main.js');
const READERS = ['projection', 'query', 'scheduler'] as const;
type Service = 'command' | (typeof READERS)[number];

/** `docs/deployment.md`, "Backup and restore of the control plane", step by step: what is written there is what happens. */
describe('a restored control plane', () => {
  let database: TestPostgres;
  let client: Client;
  let folder: string;
  let ports: readonly number[];
  const running = new Map<Service, TestProcess>();

  const start = async (...services: readonly Service[]): Promise<void> => {
    const [http, grpc, ...probes] = ports;
    const env = { DATABASE_URL: database.url, HTTP_PORT: String(http), GRPC_PORT: String(grpc) };
    await Promise.all(
      services.map(async service => {
        const probe = service === 'query' ? http : probes[['command', ...READERS].indexOf(service)];
        const started = await startProcess({
          command: process.execPath,
          args: [main(service)],
          env: { ...env, PROBE_PORT: String(probe) },
          ready: /"event":"ready"/,
        });
        running.set(service, started);
      }),
    );
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all([...running.values()].map(service => service.stop()));
    running.clear();
  };
  const answers = (service: Service, what: string, within = 30_000) =>
    eventually(
      async () => {
        expect(await readiness(service)).toContain(what);
        return true;
      },
      { within, what: service },
    );
  const readiness = async (service: Service): Promise<string> => {
    const [http, , ...probes] = ports;
    const port = service === 'query' ? http : probes[['command', ...READERS].indexOf(service)];
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return `${answer.status} ${await answer.text()}`;
  };
  const replictl = async (...args: readonly string[]): Promise<{ code: number | null; stdout: string }> => {
    const servers = ['--server', `http://127.0.0.1:${ports[0]}`, '--grpc', `127.0.0.1:${ports[1]}`];
    const child = await startProcess({
      command: process.execPath,
      args: [main('replictl'), ...servers, ...args],
    });
    const { code } = await child.exit;
    return { code, stdout: child.stdout() };
  };
  const apply = async (id: string, status: string): Promise<void> => {
    const file = join(folder, `${id}-${status}.yaml`);
    const manifest = { apiVersion: 'replicante.io/v0', kind: 'Namespace', spec: { id, status } };
    await writeFile(file, JSON.stringify(manifest));
    expect(await replictl('apply', '-f', file)).toMatchObject({ code: 0 });
  };
  const namespaces = async (): Promise<string> => (await replictl('namespace', 'list', '-o', 'json')).stdout;

  /** The rows of the event store, as a backup of its schema keeps them. */
  const tables = async (schema: string): Promise<readonly string[]> => {
    const found = await client.query<{ name: string }>(
      'select tablename as name from pg_tables where schemaname = $1',
      [schema],
    );
    return found.rows.map(({ name }) => name);
  };
  const backUp = async (): Promise<void> => {
    await client.query('create schema backup');
    for (const name of await tables('event_store'))
      await client.query(`create table backup."${name}" as table event_store."${name}"`);
  };
  const restore = async (): Promise<void> => {
    for (const name of await tables('backup')) {
      await client.query(`truncate event_store."${name}" cascade`);
      await client.query(`insert into event_store."${name}" select * from backup."${name}"`);
    }
  };

  beforeAll(async () => {
    database = await startTestPostgres();
    client = new Client({ connectionString: database.url });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'restore-walk-'));
    ports = await freePorts(6);
  }, 120_000);

  afterAll(async () => {
    await stopAll();
    await client?.end();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  it('schedules nothing until it was walked back to work', async () => {
    await start('command', ...READERS);
    await apply('kept', 'Active');
    await eventually(async () => (await namespaces()).includes('kept'), { within: 20_000 });
    await backUp();
    await apply('later', 'Active');
    await eventually(async () => (await namespaces()).includes('later'), { within: 20_000 });
    await stopAll();

    await restore();
    await start('command', ...READERS);
    for (const service of READERS) await answers(service, 'the event store was restored or replaced');
    expect((await replictl('status')).stdout).toContain('CONTROL_PLANE_RESTORED');
    await stopAll();

    const made = await client.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname ~ '^(read_models(_v[0-9]+)?|snapshot_store)$'`,
    );
    expect(made.rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['read_models', 'read_models_v1']),
    );
    for (const { name } of made.rows) await client.query(`drop schema "${name}" cascade`);

    await start('command');
    const epoch = await replictl('coordinator', 'new-epoch', '--reason', 'a restore');
    expect(epoch).toMatchObject({ code: 0, stdout: expect.stringContaining('begun') });
    await apply('kept', 'Observed');
    await start(...READERS);
    for (const service of READERS) await answers(service, '200 ');
    await eventually(async () => (await namespaces()).includes('Observed'), { within: 20_000 });
    expect(await namespaces()).not.toContain('later');
    await apply('kept', 'Active');
    await eventually(async () => !(await namespaces()).includes('Observed'), { within: 20_000 });
  }, 240_000);
});
