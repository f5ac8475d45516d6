import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts, isAlive, isProcessIdentity } from '@replicante/processes';
import { type TestProcess, describeWith, eventually, startProcess } from '@replicante/testing';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'dist/apps/stack/src/main.js');
const REPLICTL = join(ROOT, 'dist/apps/replictl/src/main.js');
const CONSUMER = join(ROOT, 'examples/topic-consumer/consume.mjs');

const MEMBERS = [
  ...['command-1', 'command-2', 'projection-1', 'projection-2', 'query-1', 'query-2'],
  ...['scheduler-1', 'scheduler-2', 'worker-1', 'worker-2', 'worker-3'],
];

interface RollLine {
  readonly name: string;
  readonly address: string;
  readonly identity: unknown;
}

interface Status {
  readonly members: readonly { readonly name: string }[];
  readonly leases: readonly { readonly key: string; readonly token: string }[];
  readonly subscriptions: readonly { readonly name: string; readonly state: string; readonly lag: number }[];
  readonly queue: { readonly depth: number; readonly ended: { readonly executed: number } };
}

await describeWith(
  ['kafka', 'consul'],
  'every service on its own, on EventStoreDB’s double, Kafka and Consul',
  () => {
    let folder: string;
    let stack: TestProcess;
    let ports: readonly number[];

    const start = (): Promise<TestProcess> =>
      startProcess({
        command: process.execPath,
        args: [
          ...[MAIN, '--data-dir', join(folder, 'data'), '--plain', '--http-port', String(ports[0])],
          ...['--grpc-port', String(ports[1]), '--platform-port', String(ports[2])],
        ],
        ready: /it stays up; Ctrl-C stops everything/,
        readyWithin: 180_000,
      });
    const replictl = async (...args: readonly string[]) => {
      const servers = ['--server', `http://127.0.0.1:${ports[0]}`, '--grpc', `127.0.0.1:${ports[1]}`];
      const child = await startProcess({ command: process.execPath, args: [REPLICTL, ...servers, ...args] });
      const { code } = await child.exit;
      return { code, stdout: child.stdout(), stderr: child.stderr() };
    };
    const roll = async (): Promise<readonly RollLine[]> =>
      JSON.parse(await readFile(join(folder, 'data/processes.json'), 'utf8')) as readonly RollLine[];
    const running = (lines: readonly RollLine[]) =>
      lines.filter(({ identity }) => isProcessIdentity(identity) && isAlive(identity));

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stack-'));
      // As root the databases run as another user, who has to get through.
      await chmod(folder, 0o711);
      ports = await freePorts(3);
      stack = await start();
    }, 240_000);

    afterAll(async () => {
      await stack.stop(60_000);
      const destroyed = await startProcess({
        command: process.execPath,
        args: [MAIN, '--data-dir', join(folder, 'data'), '--destroy'],
      });
      await destroyed.exit;
      await rm(folder, { recursive: true, force: true });
    }, 180_000);

    it('shows the transcript of the quickstart', () => {
      for (const line of ['default/pg declared', 'pg-1 is primary', 'cluster.join on pg-3: DONE'])
        expect(stack.stdout()).toContain(line);
      expect(stack.stdout()).toMatch(
        /default\/pg converged: 3\/3 healthy, 1 primary, 2 secondaries, in \d+ s/,
      );
    });

    it('says in its status who is a member, who leads, what is held, and how far subscriptions and the queue are', async () => {
      const { stdout } = await replictl('status', '-o', 'json');
      const { members, leases, subscriptions, queue } = JSON.parse(stdout) as Status;
      expect(members.map(m => m.name).sort()).toEqual(MEMBERS);
      expect(leases.map(l => l.key)).toEqual(
        expect.arrayContaining(['leader:scheduler', 'subscription:gateway', 'partition:0', 'partition:15']),
      );
      expect(new Set(leases.map(l => l.token)).size).toBe(leases.length);
      expect(subscriptions.map(s => s.state)).toEqual(subscriptions.map(() => 'running'));
      expect(queue.ended.executed).toBeGreaterThan(0);
    }, 30_000);

    it('publishes every event in order to a consumer that is not ours, each valid by its schema', async () => {
      const kafka = (await roll()).find(({ name }) => name === 'kafka');
      const consumer = await startProcess({
        command: process.execPath,
        args: [CONSUMER, kafka?.address ?? ''],
        ready: /cluster\.ConvergenceChanged|default:pg@4\d /,
      });
      consumer.signal('SIGINT');
      await consumer.exit;
      const lines = consumer
        .stdout()
        .split('\n')
        .filter(line => line.includes('default:pg@'));
      const revisions = lines.map(line => Number(/@(\d+) /.exec(line)?.[1]));
      expect(revisions).toEqual(revisions.map((_, i) => i));
      expect(lines.filter(line => !line.endsWith(' valid'))).toEqual([]);
    }, 60_000);

    it('goes on when a service of each kind and the launcher itself are killed, and leaves nothing behind', async () => {
      const before = await roll();
      await stack.kill();
      expect(running(before).length).toBeGreaterThan(0);
      stack = await start();
      expect(running(before)).toEqual([]);
      const { code } = await replictl('wait', 'pg', '--for=converged', '--timeout', '60s');
      expect(code).toBe(0);
      const after = await roll();
      const victims = after.filter(({ name }) => name.endsWith('-1'));
      for (const { identity } of victims)
        if (isProcessIdentity(identity)) process.kill(identity.pid, 'SIGKILL');
      await eventually(
        async () => {
          const now = running(await roll()).filter(line => victims.some(v => v.name === line.name));
          return now.length === victims.length && now.every(line => !running(victims).includes(line));
        },
        { within: 60_000 },
      );
      await eventually(
        async () => (await replictl('wait', 'pg', '--for=converged', '--timeout', '30s')).code === 0,
        { within: 90_000 },
      );
      await stack.stop(60_000);
      expect(running(await roll())).toEqual([]);
      expect(running(after)).toEqual([]);
    }, 300_000);
  },
);
