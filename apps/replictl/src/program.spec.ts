import { afterEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { eventually } from '@replicante/testing';
import type { Io } from './output/io.js';
import { runReplictl } from './program.js';
import {
  decisionView,
  eventView,
  headerView,
  nodeView,
  readModel,
  topologyView,
} from './render/example-views.fixture.js';
import type { Answers, TestServers } from './test-server.fixture.js';
import { startTestServers } from './test-server.fixture.js';

const applied = {
  position: '42',
  revision: 3,
  changed: true,
  ref: 'ClusterSpec/default/pg',
  action_id: '',
  repeated: false,
};
const page = (nodes: readonly unknown[]) => ({
  nodes,
  edges: [],
  pageInfo: { hasNextPage: false, endCursor: null },
});

let servers: TestServers | undefined;
afterEach(async () => {
  await servers?.close();
  servers = undefined;
});

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
function start(
  args: readonly string[],
  stdin = '',
): { done: Promise<Ran>; out: () => string; err: () => string; stop: () => void } {
  const stop = new AbortController();
  let [out, err] = ['', ''];
  const io: Io = {
    environment: servers?.environment ?? {
      REPLICTL_SERVER: 'http://127.0.0.1:1',
      REPLICTL_GRPC: '127.0.0.1:1',
    },
    out: text => void (out += text),
    err: text => void (err += text),
    readStdin: async () => stdin,
    terminal: false,
    signal: stop.signal,
  };
  const done = runReplictl(args, io).then(exit => ({ exit, out, err }));
  return { done, out: () => out, err: () => err, stop: () => stop.abort() };
}
const run = (args: readonly string[], stdin?: string): Promise<Ran> => start(args, stdin).done;
async function serve(
  root: Readonly<Record<string, unknown>>,
  answers: Answers = () => applied,
): Promise<TestServers> {
  servers = await startTestServers(
    { status: { readModel: { ...readModel, name: 'r', deadLetters: 0 } }, ...root },
    answers,
  );
  return servers;
}

const MANIFEST = 'apiVersion: replicante.io/v0\nkind: Namespace\nspec: {id: a}\n';

describe('apply', () => {
  it('sends each document under an id of its own and says ref, revision and position', async () => {
    const { calls } = await serve({});
    const folder = fileURLToPath(new URL('../../../examples/quickstart/', import.meta.url));
    const { exit, out } = await run(['apply', '-f', folder]);
    expect(exit).toBe(0);
    expect(out.split('\n')[0]).toBe('ClusterSpec/default/pg applied  revision 3  position 42');
    const kinds = calls.map(c => (JSON.parse(String(c.request['manifest_json'])) as { kind: string }).kind);
    expect(kinds).toEqual(['Namespace', 'Platform', 'ClusterSpec']);
    const ids = calls.map(c => (c.request['meta'] as { command_id: string }).command_id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('says that nothing changed', async () => {
    await serve({}, () => ({ ...applied, changed: false }));
    expect((await run(['apply'], MANIFEST)).out).toContain('unchanged  revision 3');
  });

  it('stops at the first refusal, with file, line and every violation, exit code by the catalogue', async () => {
    const violations = [{ field: 'spec.id', description: 'is wrong; write another' }];
    const { calls } = await serve({}, () => ({
      code: 'MANIFEST_INVALID' as const,
      message: 'no',
      violations,
    }));
    const { exit, out, err } = await run(['apply', '-'], `# first\n---\n${MANIFEST}---\n${MANIFEST}`);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toBe('MANIFEST_INVALID: (standard input):3: no\n  spec.id: is wrong; write another\n');
    expect(calls).toHaveLength(1);
  });

  it('repeats the same id while nobody knows whether it was recorded', async () => {
    let asked = 0;
    const { calls } = await serve({}, () => (++asked < 3 ? { status: asked === 1 ? 14 : 2 } : applied));
    expect((await run(['apply'], MANIFEST)).exit).toBe(0);
    expect(new Set(calls.map(c => (c.request['meta'] as { command_id: string }).command_id)).size).toBe(1);
    expect(calls).toHaveLength(3);
  });

  it('gives up after a while, and says how to repeat it', async () => {
    const id = '01890000-0000-7000-8000-000000000000';
    const { calls } = await serve({}, () => ({ code: 'EVENT_STORE_UNAVAILABLE' as const, message: 'gone' }));
    const { exit, err } = await run(['apply', '--command-id', id], MANIFEST);
    expect(exit).toBe(6);
    expect(err).toContain(`--command-id ${id}`);
    expect(calls.length).toBeGreaterThan(2);
  });

  it('does not repeat what was refused', async () => {
    const { calls } = await serve({}, () => ({ code: 'NAMESPACE_DELETING' as const, message: 'no' }));
    expect((await run(['apply'], MANIFEST)).exit).toBe(4);
    expect(calls).toHaveLength(1);
  });
});

describe('a command line', () => {
  it.each([
    [['apply', '-f', '/nowhere/at/all'], 2],
    [['get', 'gizmo'], 2],
    [['cluster', 'topology', 'a/b/c'], 2],
    [['frobnicate'], 2],
    [['-o', 'xml', 'status'], 2],
    [['wait', 'pg', '--for', 'rain'], 2],
    [['wait', 'pg', '--for', 'converged', '--timeout', 'soon'], 2],
    [['--server', 'nonsense', 'status'], 2],
    [['--help'], 0],
    [['status'], 6],
  ])('%j ends with %d', async (args, exit) => {
    expect((await run(args)).exit).toBe(exit);
  });
});

describe('a service that is not there', () => {
  it.each([
    [['status'], 'http://127.0.0.1:1/graphql'],
    [['ns', 'delete', 'a'], '127.0.0.1:1'],
  ])('%j says so in one sentence', async (args, to) => {
    expect(await run(args)).toEqual({
      exit: 6,
      out: '',
      err: `SERVICE_UNAVAILABLE: cannot connect to ${to}: connection refused; is \`npm start\` running?\n`,
    });
  });
});

describe('changes', () => {
  it.each([
    [['cluster', 'orchestrate', 'pg'], 'OrchestrateCluster', { ns_id: 'default', cluster_id: 'pg' }],
    [['cluster', 'delete', 'other/pg'], 'DeleteClusterSpec', { ns_id: 'other', cluster_id: 'pg' }],
    [
      ['cluster', 'reinitialise', 'pg', '--accept-data-loss'],
      'ReinitialiseCluster',
      { accept_data_loss: true },
    ],
    [['cluster', 'reinitialise', 'pg'], 'ReinitialiseCluster', { accept_data_loss: false }],
    [
      ['cluster', 'retry', 'pg', '--rule', 'r', '--subject', 'node:a'],
      'RetryRule',
      { rule: 'r', subject: 'node:a' },
    ],
    [
      ['cluster', 'settle', 'pg', '--attempt', 'a', '--not-provisioned'],
      'SettleProvision',
      { provisioned: false },
    ],
    [['platform', 'discover', 'local', '-n', 'x'], 'DiscoverPlatform', { ns_id: 'x', name: 'local' }],
    [['platform', 'accept-discovery', 'local'], 'AcceptDiscovery', { name: 'local' }],
    [['ns', 'delete', 'a'], 'DeleteNamespace', { id: 'a' }],
    [['action', 'approve', 'i', '-c', 'pg'], 'ApproveAction', { cluster_id: 'pg', action_id: 'i' }],
    [['na', 'reject', 'i', '-c', 'pg'], 'RejectAction', { action_id: 'i' }],
    [['oaction', 'cancel', 'i', '-c', 'pg'], 'CancelAction', { action_id: 'i' }],
  ])('%j is %s', async (args, method, request) => {
    const { calls } = await serve({});
    expect(await run(args)).toMatchObject({ exit: 0, err: '' });
    expect(calls).toMatchObject([{ method, request }]);
  });

  it('that find nothing to delete say so in words, without the revision of what never was', async () => {
    await serve({}, () => ({ ...applied, revision: -1, changed: false }));
    const { exit, out } = await run(['cluster', 'delete', 'nope']);
    expect(exit).toBe(0);
    expect(out).toBe('ClusterSpec/default/pg unchanged: there was nothing to delete\n');
    const { out: document } = await run(['cluster', 'delete', 'nope', '-o', 'json']);
    expect(JSON.parse(document)).toMatchObject({ changed: false, revision: null });
  });

  it('begin an epoch only with a reason', async () => {
    await serve({}, () => ({ epoch: 2 }));
    expect((await run(['coordinator', 'new-epoch'])).exit).toBe(2);
    expect((await run(['coordinator', 'new-epoch', '--reason', 'lost it'])).out).toBe('epoch 2 begun\n');
  });

  it('of an action find the only cluster', async () => {
    const clusters = page([
      {
        nsId: 'default',
        clusterId: 'pg',
        mark: 'DECLARED',
        active: true,
        evaluated: true,
        convergence: { converged: true },
        counts: { nodes: 1, healthy: 1 },
      },
    ]);
    const { calls } = await serve({ clusters });
    await run(['action', 'approve', 'i']);
    expect(calls[0]?.request).toMatchObject({ cluster_id: 'pg' });
  });
});

describe('the id of an action', () => {
  const listed = (actionId: string) => ({
    ...{ nsId: 'default', clusterId: 'pg', actionId, scope: 'NODE', nodeId: 'pg-1', kind: 'x/y' },
    ...{ phase: 'PENDING_APPROVE', finished: false, createdAt: '2026-01-02T03:04:05.000Z', finishedAt: null },
  });
  const [one, two] = ['01890000-aaaa-7000-8000-000000000001', '01890000-aabb-7000-8000-000000000002'];
  const actions = page([listed(one), listed(two)]);

  it.each(['approve', 'reject', 'cancel'])('may be its beginning for %s', async verb => {
    const { calls } = await serve({ actions });
    expect(await run(['action', verb, '01890000-AA', '-c', 'pg'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`${one} (PENDING_APPROVE x/y), ${two}`),
    });
    expect(await run(['action', verb, '01890000-cccc', '-c', 'pg'])).toMatchObject({ exit: 5 });
    expect(calls).toEqual([]);
    expect(await run(['action', verb, '01890000-AAAA', '-c', 'pg'])).toMatchObject({ exit: 0 });
    expect(calls).toMatchObject([{ request: { action_id: one } }]);
  });

  it('may be its beginning when it is shown, and is passed on when it is whole or short', async () => {
    const asked: string[] = [];
    const action = (args: { actionId: string }): null => (asked.push(args.actionId), null);
    await serve({ actions, action });
    for (const id of ['01890000-aabb', two, '0189'])
      expect((await run(['action', 'get', id, '-c', 'pg'])).exit).toBe(5);
    expect(asked).toEqual([two, two, '0189']);
  });
});

const whole = (view: ReturnType<typeof topologyView>) => ({
  ...view,
  nodes: page(
    view.nodes.nodes.map(n => ({
      ...n,
      addresses: { client: null, member: null, other: {} },
      shards: page([]),
    })),
  ),
  actions: page([]),
});

describe('answers about a cluster', () => {
  const now = whole(topologyView([nodeView('pg-1', 'PRIMARY')]));
  const past = { ...now, evaluated: false };

  it('are a tree with exit code 0, and 3 when it is not evaluated', async () => {
    await serve({ cluster: ({ clusterId }: { clusterId: string }) => (clusterId === 'pg' ? now : past) });
    expect(await run(['cluster', 'topology', 'pg'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('● pg-1'),
    });
    expect(await run(['cluster', 'topology', 'old'])).toMatchObject({
      exit: 3,
      out: expect.stringContaining('NOT EVALUATED'),
    });
    const { out } = await run(['cluster', 'topology', 'pg', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ cluster: { evaluated: true }, readModel: { lag: 0 } });
  });

  it('are shown again and again with --watch, over a failed look, until Ctrl-C', async () => {
    let looks = 0;
    const cluster = (): unknown => {
      if (++looks === 2)
        throw Object.assign(new Error('restarting'), { extensions: { code: 'SERVICE_UNAVAILABLE' } });
      return now;
    };
    await serve({ cluster });
    const watching = start(['cluster', 'topology', 'pg', '--watch']);
    await eventually(() => watching.out().split('● pg-1').length > 2, { within: 10_000 });
    watching.stop();
    expect(await watching.done).toMatchObject({ exit: 0, err: 'SERVICE_UNAVAILABLE: restarting\n' });
  });

  it('name what is not there', async () => {
    await serve({ cluster: null });
    expect(await run(['cluster', 'topology', 'x'])).toMatchObject({
      exit: 5,
      err: 'CLUSTER_NOT_FOUND: no cluster default/x\n',
    });
  });

  it('explain a decision with what caused it', async () => {
    const events = new Map([
      ['e-9', { ...eventView(9, 'cluster.DecisionMade.v1'), causationId: 'e-8' }],
      ['e-8', eventView(8, 'cluster.DiscoveryRecorded.v1')],
    ]);
    await serve({
      cluster: now,
      decisions: page([decisionView]),
      event: ({ id }: { id: string }) => events.get(id) ?? null,
    });
    const { exit, out } = await run(['cluster', 'explain', 'pg', '--rule', 'cluster-init']);
    expect(exit).toBe(0);
    expect(out).toContain('caused by cluster.DiscoveryRecorded.v1 (revision 8, e-8)');
    expect(out).toContain('node:pg-1.status = "HEALTHY"');
  });

  it('explain of a rule that never decided say which rules did', async () => {
    const decisions = ({ filter }: { filter?: { rule?: string } }) =>
      page([decisionView].filter(d => d.rule === (filter?.rule ?? d.rule)));
    await serve({ cluster: now, decisions, event: null });
    const { exit, out } = await run(['cluster', 'explain', 'pg', '--rule', 'nosuch']);
    expect(exit).toBe(0);
    expect(out).toContain('no decision of rule nosuch is recorded; rules that have decided: cluster-init\n');
    const { out: document } = await run(['cluster', 'explain', 'pg', '--rule', 'nosuch', '-o', 'json']);
    expect(JSON.parse(document)).toMatchObject({ decisions: [], rulesThatDecided: ['cluster-init'] });
  });

  it('carry the code of a refused query', async () => {
    const cluster = (): never => {
      throw Object.assign(new Error('too late'), { extensions: { code: 'POSITION_NOT_REACHED' } });
    };
    await serve({ cluster });
    expect(await run(['cluster', 'topology', 'pg'])).toMatchObject({
      exit: 3,
      err: 'POSITION_NOT_REACHED: too late\n',
    });
  });
});

describe('status', () => {
  const status = {
    readModel: { ...readModel, name: 'r', deadLetters: 0 },
    ...{ subscriptions: [], leases: null, members: null, queue: null, head: '42' },
  };
  const named = (clusterId: string, change = {}) => ({ ...headerView, clusterId, ...change });
  const many = Array.from({ length: 21 }, (_, n) => named(`pg-${n}`));

  it('begins with each cluster, its last cycle and lease holder, then the lag of the rows', async () => {
    const idle = named('idle', { active: false, evaluated: false, lastCycle: null });
    await serve({ status, clusters: page([idle, named('pg')]) });
    const { exit, out } = await run(['status']);
    expect(exit).toBe(0);
    expect(out.split('\n').slice(0, 4)).toEqual([
      'default/pg  last cycle 0.4 s ago (sync, by worker-1) · lease session-7',
      'default/idle  inactive: no cycles run',
      'read model 0 events behind',
      'event store head 42',
    ]);
  });

  it('has what is not evaluated first, 20 at most, and ends with 3 then', async () => {
    await serve({ status, clusters: page([...many, named('old', { evaluated: false })]) });
    const { exit, out } = await run(['status']);
    expect(exit).toBe(3);
    const lines = out.split('\n');
    expect(lines[0]).toContain('default/old  NOT EVALUATED since 2026-01-02 03:04:05+00:00');
    expect(lines[20]).toBe('… and 2 more clusters: replictl cluster list');
    const { out: document } = await run(['status', '-o', 'json']);
    expect(JSON.parse(document)).toMatchObject({ head: '42', clusters: [{ clusterId: 'old' }, ...many] });
  });

  it('is said also when the clusters cannot be had', async () => {
    const clusters = (): never => {
      throw Object.assign(new Error('no rows'), { extensions: { code: 'SERVICE_UNAVAILABLE' } });
    };
    await serve({ status, clusters });
    expect(await run(['status'])).toMatchObject({
      exit: 6,
      out: expect.stringContaining('event store head 42'),
      err: 'SERVICE_UNAVAILABLE: no rows\n',
    });
  });
});

describe('wait', () => {
  it('ends when a cycle that began with the applied spec has converged', async () => {
    let looks = 0;
    const cluster = () => ({
      ...headerView,
      convergence: { ...headerView.convergence, observedSpecRevision: ++looks < 3 ? 3 : 4 },
    });
    await serve({ cluster });
    expect(await run(['wait', 'pg', '--for=converged', '--spec-revision', '4'])).toMatchObject({ exit: 0 });
    expect(looks).toBe(3);
  });

  it('asks for the position that apply printed', async () => {
    const asked: unknown[] = [];
    await serve({
      cluster: ({ at }: { at: unknown }) => {
        asked.push(at);
        return headerView;
      },
    });
    expect((await run(['wait', 'pg', '--for=converged', '--position', '42'])).exit).toBe(0);
    expect(asked).toMatchObject([{ position: '42' }]);
  });

  it('takes seconds with or without a unit, and says so of anything else', async () => {
    await serve({ cluster: headerView });
    expect((await run(['wait', 'pg', '--for=converged', '--timeout', '5'])).exit).toBe(0);
    const { exit, err } = await run(['wait', 'pg', '--for=converged', '--timeout', '5x']);
    expect(exit).toBe(2);
    expect(err).toContain('--timeout: write a number of seconds, or with a unit: 90s, 2m, 1h');
  });

  it('says what is missing when the time is over', async () => {
    await serve({
      cluster: {
        ...headerView,
        convergence: { converged: false, observedSpecRevision: 3, waitsFor: ['a primary'] },
      },
    });
    expect(await run(['wait', 'pg', '--for=converged', '--timeout', '1ms'])).toMatchObject({
      exit: 3,
      err: 'NOT_CONVERGED: default/pg is not converged: a primary\n',
    });
  });
});

describe('events', () => {
  it('of a cluster that nobody knows are an error, followed or not', async () => {
    await serve({ events: page([]), cluster: null });
    for (const more of [[], ['--follow']])
      expect(await run(['events', 'gp', ...more])).toMatchObject({ exit: 5 });
  });

  it('are shown oldest first', async () => {
    await serve({ events: page([eventView(2), eventView(1)]) });
    const { out } = await run(['events', 'pg']);
    expect(out.match(/#\d/g)).toEqual(['#1', '#2']);
  });

  it('that follow come without gap and without double over a broken connection', async () => {
    const stored = [0, 1, 2].map(r => eventView(r));
    const after: number[] = [];
    async function* clusterEvents({ afterRevision }: { afterRevision: number }) {
      after.push(afterRevision);
      // One more than asked for: at least once is allowed.
      for (const event of stored.filter(e => e.revision >= afterRevision)) yield { clusterEvents: event };
      await new Promise<void>(() => undefined);
    }
    const { cutLive } = await serve({ events: page([eventView(1), eventView(0)]), clusterEvents });
    const following = start(['events', 'pg', '--follow']);
    await eventually(() => following.out().includes('#2'), { within: 5_000 });
    stored.push(eventView(3));
    cutLive();
    await eventually(() => following.out().includes('#3'), { within: 5_000 });
    following.stop();
    const { exit, out } = await following.done;
    expect(exit).toBe(0);
    expect(out.match(/#\d/g)).toEqual(['#0', '#1', '#2', '#3']);
    expect(after).toEqual([1, 2]);
  });
});
