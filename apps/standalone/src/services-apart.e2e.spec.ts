import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts, runToEnd } from '@replicante/processes';
import {
  type TestPostgres,
  type TestProcess,
  eventually,
  startProcess,
  startTestPostgres,
} from '@replicante/testing';

const DIST = resolve(import.meta.dirname, '../../../dist/apps');
const main = (app: string): string => join(DIST, app, 'src/main.js');

const manifests = (platformPort: number): string => `
apiVersion: replicante.io/v0
kind: Namespace
spec: { id: default, agents: { token: { fromEnv: REPLICANTE_TEST_TOKEN } } }
---
apiVersion: replicante.io/v0
kind: Platform
spec:
  ns_id: default
  name: local
  discovery: { interval: 1 }
  url: { base_url: 'http://127.0.0.1:${platformPort}/', token: { fromEnv: REPLICANTE_TEST_TOKEN } }
---
apiVersion: replicante.io/v0
kind: ClusterSpec
spec:
  ns_id: default
  cluster_id: pg
  interval: 1
  platform: { name: local }
  declaration:
    approval: required
    definition:
      cluster_id: pg
      store: postgresql
      store_version: '18'
      nodes: { main: { node_class: postgres-local, desired_count: 2 } }
    initialise: { mode: SingleNode }
    expand: { mode: Join }
    timings_seconds: { expand: 1, init: 1, scale_up: 1, stable_after: 1 }
`;

describe('each service as a process of its own', () => {
  let database: TestPostgres;
  let folder: string;
  let http = 0;
  let grpc = 0;
  const processes: TestProcess[] = [];

  const replictl = async (...args: readonly string[]) => {
    const child = await startProcess({
      command: process.execPath,
      args: [
        main('replictl'),
        '--server',
        `http://127.0.0.1:${http}`,
        '--grpc',
        `127.0.0.1:${grpc}`,
        ...args,
      ],
    });
    const { code } = await child.exit;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  };
  const waiting = async (): Promise<readonly string[]> => {
    const { stdout } = await replictl('list', 'action', '-c', 'pg', '-o', 'json');
    const actions = JSON.parse(stdout) as readonly { phase: string; actionId: string }[];
    return actions.filter(a => a.phase === 'PENDING_APPROVE').map(a => a.actionId);
  };

  beforeAll(async () => {
    database = await startTestPostgres();
    folder = await mkdtemp(join(tmpdir(), 'apart-'));
    const ports = await freePorts(8);
    const port = (i: number): number => ports[i] ?? 0;
    [http, grpc] = [port(0), port(1)];
    const platformPort = port(2);
    const token = join(folder, 'token');
    await writeFile(token, 'a-token-of-this-test\n', { mode: 0o600 });
    const env = {
      DATABASE_URL: database.url,
      HTTP_PORT: String(http),
      GRPC_PORT: String(grpc),
      COMMAND_ADDRESS: `127.0.0.1:${grpc}`,
      REPLICANTE_TEST_TOKEN: (await readFile(token, 'utf8')).trim(),
    };
    const services = ['command', 'projection', 'query', 'scheduler', 'worker'];
    const started = services.map((service, i) =>
      startProcess({
        command: process.execPath,
        args: [main(service)],
        env: { ...env, PROBE_PORT: String(port(3 + i)) },
        ready: /"event":"ready"/,
      }),
    );
    processes.push(...(await Promise.all(started)));
    processes.push(
      await startProcess({
        command: process.execPath,
        args: [
          main('platform-local'),
          ...['--data-dir', join(folder, 'platform'), '--port', String(platformPort)],
          ...['--token-file', token, '--agent-token-file', token],
        ],
      }),
    );
    await writeFile(join(folder, 'all.yaml'), manifests(platformPort));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(processes.map(p => p.stop()));
    await runToEnd({
      command: process.execPath,
      args: [main('platform-local'), '--data-dir', join(folder, 'platform'), '--destroy'],
    });
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  it('converges a cluster whose every action somebody has to approve, and explains what it waits for', async () => {
    const applied = await replictl('apply', '-f', join(folder, 'all.yaml'));
    expect(applied).toMatchObject({ code: 0 });
    await eventually(async () => (await waiting()).length > 0, { within: 30_000 });
    await eventually(
      async () => (await replictl('cluster', 'explain', 'pg')).stdout.includes('WAITS_FOR_APPROVAL'),
      { within: 15_000 },
    );
    const approve = (async () => {
      for (let approved = 0; approved < 4;) {
        for (const id of await waiting()) {
          expect(await replictl('action', 'approve', id, '-c', 'pg')).toMatchObject({ code: 0 });
          approved += 1;
        }
      }
    })();
    const waited = await replictl('wait', 'pg', '--for=converged', '--timeout', '120s');
    expect(waited).toMatchObject({ code: 0 });
    await approve;
  }, 200_000);

  it('goes on when the processes that hold the leases are killed', async () => {
    const [, , , scheduler, worker] = processes;
    await scheduler?.kill();
    await worker?.kill();
    const stale = await eventually(
      async () => {
        const result = await replictl('cluster', 'explain', 'pg');
        return result.code === 3 && result;
      },
      { within: 30_000 },
    );
    expect(stale.stdout).toContain('NOT EVALUATED since');
  }, 60_000);
});
