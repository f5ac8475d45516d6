import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { isProcessIdentity } from '@replicante/processes';
import { describeWith, eventually, startProcess } from '@replicante/testing';
import { appendNewerEvents, writeToConsul, writeToEveryTopic } from './bad-input.fixture.js';
import { asking, followingCycles, longestGapMs, submitting } from './clients.fixture.js';
import { ROOT, RunningStack, running } from './running-stack.fixture.js';
import { counted, endsOf, saidSince } from './what-is-said.fixture.js';

const CONSUMER = join(ROOT, 'examples/topic-consumer/consume.mjs');
const MEMBERS = [
  ...['command-1', 'command-2', 'projection-1', 'projection-2', 'query-1', 'query-2'],
  ...['worker-1', 'worker-2', 'worker-3', 'scheduler-1', 'scheduler-2'],
];
/**
 * In the order of docs/deployment.md, "Upgrading one service alone, without downtime". Both of a pair where the first to
 * go may not have been the one at work: of two schedulers one leads, of two projections one runs each subscription. Of
 * those that all work alike, one.
 */
const UPGRADED = [
  ...['command-1', 'projection-1', 'projection-2', 'query-1'],
  ...['worker-1', 'scheduler-1', 'scheduler-2'],
];

const INTERVAL_MS = 1_000;
/**
 * Proves that leases and partitions are handed over: those that run out instead take 10 s and more. How long a polite end
 * takes where nothing else runs is a benchmark's to say.
 */
const HANDED_OVER_MS = 5_000;
/** By all processes of a service, of which each tells once; a flood has one line for each of the messages. */
const MOST_OFTEN = 6;

/** Nothing to do in it but a cycle every second: its key lies somewhere among the partitions. */
const emptyCluster = (cluster_id: string): object => ({
  apiVersion: 'replicante.io/v0',
  kind: 'ClusterSpec',
  spec: {
    ...{ ns_id: 'default', cluster_id, interval: INTERVAL_MS / 1_000, platform: { name: 'local' } },
    declaration: {
      approval: 'required',
      definition: {
        ...{ cluster_id, store: 'postgresql', store_version: '18' },
        nodes: { main: { node_class: 'postgres-local', desired_count: 0 } },
      },
      initialise: { mode: 'SingleNode' },
      expand: { mode: 'Join' },
    },
  },
});

interface Status {
  readonly members: readonly { readonly name: string }[];
  readonly leases: readonly { readonly key: string; readonly token: string }[];
  readonly subscriptions: readonly { readonly name: string; readonly state: string; readonly lag: number }[];
  readonly queue: {
    readonly depth: number;
    readonly deadLetters: number;
    readonly ended: {
      readonly executed: number;
      readonly abandoned: number;
      readonly deadLettered: number;
    };
  };
}

await describeWith(
  ['kafka', 'consul'],
  'every service on its own, on EventStoreDB’s double, Kafka and Consul',
  () => {
    let stack: RunningStack;
    const status = async (): Promise<Status> =>
      JSON.parse((await stack.replictl('status', '-o', 'json')).stdout) as Status;
    const services = async () => (await stack.roll()).filter(({ name }) => MEMBERS.includes(name));

    beforeAll(async () => {
      stack = await RunningStack.start();
    }, 240_000);
    afterAll(async () => {
      await stack?.destroy();
    }, 180_000);

    it('shows the transcript of the quickstart', () => {
      for (const line of ['default/pg declared', 'pg-1 is primary', 'cluster.join on pg-3: DONE'])
        expect(stack.process.stdout()).toContain(line);
      expect(stack.process.stdout()).toMatch(
        /default\/pg converged: 3\/3 healthy, 1 primary, 2 secondaries, in \d+ s/,
      );
    });

    it('says in its status who is a member, who leads, what is held, and how far subscriptions and the queue are', async () => {
      const { members, leases, subscriptions, queue } = await status();
      expect(members.map(m => m.name).sort()).toEqual([...MEMBERS].sort());
      expect(leases.map(l => l.key)).toEqual(
        expect.arrayContaining(['leader:scheduler', 'subscription:gateway', 'partition:0', 'partition:15']),
      );
      expect(new Set(leases.map(l => l.token)).size).toBe(leases.length);
      expect(subscriptions.map(s => s.state)).toEqual(subscriptions.map(() => 'running'));
      expect(queue.ended.executed).toBeGreaterThan(0);
    }, 30_000);

    it('publishes every event in order to a consumer that is not ours, each valid by its schema', async () => {
      const kafka = await stack.member('kafka');
      const consumer = await startProcess({
        command: process.execPath,
        args: [CONSUMER, kafka.address],
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

    it('upgrades each service alone while clients command, ask and see cycles go on', async () => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await stack.apply(emptyCluster(`idle-${n}`));
      const cycles = await followingCycles((await stack.member('kafka')).address);
      const submitted = submitting(await stack.doors('command'));
      const asked = asking(await stack.doors('query'));
      await eventually(() => cycles.seen().size === 9, { within: 30_000, what: 'cycles of all clusters' });
      const spans: { name: string; from: number; to: number }[] = [];
      for (const name of UPGRADED) {
        const from = Date.now();
        await stack.renew(name);
        const to = Date.now();
        // What was interrupted has come to its end, and the next one begins with a quiet suite.
        await eventually(() => [...cycles.seen().values()].every(each => (each.at(-1) ?? 0) > to), {
          within: 60_000,
          what: `cycles of all clusters after ${name}`,
        });
        spans.push({ name, from, to: Date.now() });
      }
      const [commands, answers] = [await submitted.stop(), await asked.stop()];
      const all = await cycles.stop();
      const gaps = spans.map(span => ({ name: span.name, gapMs: longestGapMs(all, span) }));
      console.info('upgraded one by one', { commands, rounds: answers.rounds, gaps });
      expect(commands).toMatchObject({ failed: [] });
      expect(commands.accepted).toBeGreaterThan(100);
      expect(answers).toMatchObject({ unanswered: [] });
      expect(gaps.filter(({ gapMs }) => gapMs > INTERVAL_MS + HANDED_OVER_MS)).toEqual([]);
    }, 300_000);

    it('goes on after bad input to every topic, to Consul and to the event store: counted, said once, never fatal', async () => {
      const members = await services();
      const ends = await endsOf(members);
      const [before, was] = [await counted(members), await status()];
      const [kafka, consul, store] = await Promise.all(
        ['kafka', 'consul', 'eventstoredb-double'].map(name => stack.member(name)),
      );
      const { perTopic } = await writeToEveryTopic(kafka?.address ?? '');
      await writeToConsul(consul?.address ?? '');
      await appendNewerEvents(store?.address ?? '');
      // Nothing of the tasks' topic is lost: what is no task is a dead letter, and what nobody can do ended.
      await eventually(
        async () => {
          const { queue } = await status();
          expect(queue.ended.deadLettered - was.queue.ended.deadLettered).toBeGreaterThanOrEqual(perTopic);
          // One letter for all of a key that died of the same; two keys were used.
          expect(queue.deadLetters - was.queue.deadLetters).toBeGreaterThanOrEqual(2);
          expect(queue.ended.abandoned - was.queue.ended.abandoned).toBeGreaterThanOrEqual(2);
          return true;
        },
        { within: 30_000 },
      );
      await eventually(
        async () => {
          const after = await counted(members);
          const grew = (line: RegExp): number => after(line) - before(line);
          expect(grew(/^replicante_samples_total\{.*refused/)).toBeGreaterThanOrEqual(perTopic);
          expect(grew(/^replicante_command_unknown_events_total/)).toBeGreaterThan(0);
          expect(grew(/^replicante_subscription_unknown_events_total\{.*PaintedBlue/)).toBeGreaterThan(0);
          expect(grew(/^replicante_subscription_unknown_events_total\{.*v99/)).toBeGreaterThan(0);
          expect(grew(/^replicante_adapter_faults_total\{.*taskQueue/)).toBeGreaterThan(0);
          expect(grew(/^replicante_adapter_faults_total\{.*coordinator/)).toBeGreaterThan(0);
          return true;
        },
        { within: 30_000 },
      );
      expect(await stack.replictl('wait', 'pg', '--for=converged', '--timeout', '60s')).toMatchObject({
        code: 0,
      });
      for (const { name } of members) await stack.untilReady(name);
      expect(await services()).toEqual(members);
      expect(running(members)).toEqual(members);
      const said = [...(await saidSince(ends, members))];
      expect(said.length).toBeGreaterThan(0);
      expect(said.filter(([, times]) => times > MOST_OFTEN)).toEqual([]);
    }, 200_000);

    it('goes on when a service of each kind and the launcher itself are killed, and leaves nothing behind', async () => {
      const before = await stack.roll();
      await stack.process.kill();
      expect(running(before).length).toBeGreaterThan(0);
      await stack.start();
      expect(running(before)).toEqual([]);
      const { code } = await stack.replictl('wait', 'pg', '--for=converged', '--timeout', '60s');
      expect(code).toBe(0);
      const after = await stack.roll();
      const victims = after.filter(({ name }) => name.endsWith('-1'));
      for (const { identity } of victims)
        if (isProcessIdentity(identity)) process.kill(identity.pid, 'SIGKILL');
      await eventually(
        async () => {
          const now = running(await stack.roll()).filter(line => victims.some(v => v.name === line.name));
          return now.length === victims.length && now.every(line => !running(victims).includes(line));
        },
        { within: 60_000 },
      );
      await eventually(
        async () => (await stack.replictl('wait', 'pg', '--for=converged', '--timeout', '30s')).code === 0,
        { within: 90_000 },
      );
      await stack.process.stop(60_000);
      expect(running(await stack.roll())).toEqual([]);
      expect(running(after)).toEqual([]);
    }, 300_000);
  },
);
