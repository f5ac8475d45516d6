import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { eventually } from '@replicante/testing';
import { Suite } from './suite.fixture.js';

/** A cycle is 1 s: seen within one, and told by the read model a moment later. */
const ONE_CYCLE = 5_000;
/** Above the interval, so that a node is seen down before its supervisor brings it back. */
const RESTART_DELAY = '4000';

describe('a converged cluster of three', () => {
  let suite: Suite;
  let primary = '';
  let standby = '';
  const unfinished = async (): Promise<number> =>
    suite.count('NodeActionCreated').then(async n => n + (await suite.count('OrchestratorActionCreated')));

  beforeAll(async () => {
    suite = await Suite.create();
    await suite.start('--restart-delay-ms', RESTART_DELAY);
    await suite.converged();
    const nodes = await suite.nodes();
    primary = [...nodes.values()].find(n => n.role === 'PRIMARY')?.nodeId ?? '';
    standby = [...nodes.values()].find(n => n.role === 'SECONDARY')?.nodeId ?? '';
  }, 180_000);
  afterAll(() => suite.destroy(), 120_000);

  it('was provisioned, initialised and joined exactly once each', async () => {
    const provisions = await suite.count('ProvisionIntended');
    const kinds = (kind: string) =>
      suite.count('NodeActionDispatched', d => d['kind'] === `agent.replicante.io/${kind}`);
    expect([provisions, await kinds('cluster.init'), await kinds('cluster.join')]).toEqual([3, 1, 2]);
    expect(await suite.nodeDirectories()).toHaveLength(3);
  });

  it('appends nothing while nothing changes, although it is polled every second', async () => {
    const before = (await suite.events()).length;
    const completed = () =>
      suite
        .graphql<{ cluster: { lastCycle: { completedAt: string } } }>(
          'query { cluster(nsId: "default", clusterId: "pg") { lastCycle { completedAt } } }',
        )
        .then(d => Date.parse(d.cluster.lastCycle.completedAt));
    const first = await completed();
    await eventually(async () => (await completed()) >= first + 5_000, { within: 30_000 });
    expect((await suite.events()).length).toBe(before);
  });

  it('shows a killed standby as what it is, disturbs nothing else, and is well again when it returns', async () => {
    const actions = await unfinished();
    process.kill(await suite.postmaster(join(suite.nodeDir(standby), 'data')), 'SIGKILL');
    await eventually(async () => (await suite.nodes()).get(standby)?.status === 'UNAVAILABLE', {
      within: ONE_CYCLE,
    });
    expect((await suite.nodes()).get(primary)?.status).toBe('HEALTHY');
    expect(await suite.reason('primary-lost')).toBe('PRIMARY_PRESENT');
    await suite.converged(60_000);
    expect(await unfinished()).toBe(actions);
  });

  it('shows a killed agent as unreachable while its database goes on', async () => {
    const database = await suite.postmaster(join(suite.nodeDir(standby), 'data'));
    process.kill(await suite.agentPid(standby), 'SIGKILL');
    await eventually(async () => (await suite.nodes()).get(standby)?.status === 'UNREACHABLE', {
      within: ONE_CYCLE,
    });
    await suite.converged(60_000);
    expect(await suite.postmaster(join(suite.nodeDir(standby), 'data'))).toBe(database);
  });

  it('shows a killed platform as unavailable and disturbs no node', async () => {
    const databases = await Promise.all(
      [primary, standby].map(id => suite.postmaster(join(suite.nodeDir(id), 'data'))),
    );
    process.kill(await suite.platformPid(), 'SIGKILL');
    const failing = () =>
      suite
        .graphql<{ platform: { failing: { kind: string } | null } }>(
          'query { platform(nsId: "default", name: "local") { failing { kind } } }',
        )
        .then(d => d.platform.failing?.kind);
    await eventually(async () => (await failing()) === 'unreachable', { within: ONE_CYCLE });
    expect(await suite.isConverged()).toBe(true);
    await eventually(async () => (await failing()) === undefined, { within: 30_000 });
    expect(
      await Promise.all([primary, standby].map(id => suite.postmaster(join(suite.nodeDir(id), 'data')))),
    ).toEqual(databases);
  });

  it('shows a killed primary at once, promotes nothing, and is well again when it returns', async () => {
    const actions = await unfinished();
    process.kill(await suite.postmaster(join(suite.nodeDir(primary), 'data')), 'SIGKILL');
    await eventually(async () => (await suite.reason('primary-lost')) === 'PRIMARY_LOST', {
      within: ONE_CYCLE,
    });
    const nodes = await suite.nodes();
    expect([...nodes.values()].filter(n => n.role === 'PRIMARY')).toEqual([]);
    const explained = await suite.replictl('cluster', 'explain', 'pg', '--rule', 'primary-lost');
    expect(explained.stdout).toContain('PRIMARY_LOST');
    await suite.converged(60_000);
    expect((await suite.nodes()).get(primary)?.role).toBe('PRIMARY');
    expect(await unfinished()).toBe(actions);
  });

  it('is evaluated again after its control database was killed', async () => {
    process.kill(await suite.postmaster(join(suite.dataFolder, 'control', 'data')), 'SIGKILL');
    await eventually(
      () =>
        suite.isConverged().then(
          v => !v,
          () => true,
        ),
      { within: 30_000 },
    );
    await suite.converged(90_000);
    expect(suite.running.isRunning()).toBe(true);
  });
});
