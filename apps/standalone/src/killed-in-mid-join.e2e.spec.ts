import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { eventually } from '@replicante/testing';
import { Suite } from './suite.fixture.js';

const JOIN = 'agent.replicante.io/cluster.join';

describe('the suite killed in mid-join', () => {
  let suite: Suite;
  beforeAll(async () => {
    suite = await Suite.create();
  });
  afterAll(() => suite.destroy(), 120_000);

  it('ends with exactly three nodes and no doubled provision, init or join when it is started again', async () => {
    await suite.start();
    await eventually(() => suite.count('NodeActionDispatched', d => d['kind'] === JOIN).then(n => n > 0), {
      within: 90_000,
      every: 20,
    });
    const control = await suite.postmaster(join(suite.dataFolder, 'control', 'data'));
    const platform = await suite.platformPid();
    const joining = await suite.agentPid('pg-2');
    await suite.kill();
    for (const pid of [control, platform, joining]) process.kill(pid, 'SIGKILL');

    await suite.start();
    await suite.converged();
    expect(await suite.nodeDirectories()).toEqual(['pg-1', 'pg-2', 'pg-3']);
    const nodes = [...(await suite.nodes()).values()];
    expect(nodes.map(n => n.role).sort()).toEqual(['PRIMARY', 'SECONDARY', 'SECONDARY']);
    const created = (kind: string) =>
      suite.count(
        'NodeActionCreated',
        d => (d['action'] as { kind: string }).kind === `agent.replicante.io/${kind}`,
      );
    expect([await created('cluster.init'), await created('cluster.join')]).toEqual([1, 2]);
    const provisioned = (await suite.events()).filter(
      e => e.type === 'cluster.ProvisionSettled.v1' && e.data['outcome'] === 'accepted',
    );
    expect(provisioned).toHaveLength(3);
  }, 240_000);
});
