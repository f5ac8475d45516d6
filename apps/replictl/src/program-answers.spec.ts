import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { page, run, serve, start } from './program.fixture.js';
import {
  decisionView,
  eventView,
  headerView,
  nodeView,
  readModel,
  topologyView,
} from './render/example-views.fixture.js';

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
