import { describe, expect, it } from '@jest/globals';
import type { Instruction } from './commands.js';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;

/** A platform that takes idempotency keys and whose answers the test gives; the first instruction is out. */
function asked(idempotencyKeys = true) {
  const cluster = new SimulatedCluster();
  const sent: Extract<Instruction, { kind: 'provision' }>[] = [];
  cluster.idempotencyKeys = idempotencyKeys;
  cluster.fate = instruction => {
    if (instruction.kind === 'provision') sent.push(instruction);
    return 'dropped';
  };
  cluster.apply(specOf(1));
  cluster.cycle();
  cluster.cycle();
  return { cluster, sent, attempt: sent[0]?.attempt_id ?? '' };
}
const attemptsOf = (sent: readonly Instruction[]): number => new Set(sent.map(i => i.attempt_id)).size;
const action = (cluster: SimulatedCluster): string => [...cluster.state.orchestratorActions.keys()][0] ?? '';

describe('an attempt that was asked again under its key (safety.md §3)', () => {
  it.each([
    { kind: 'provision', result: 'not_sent' },
    { kind: 'provision', result: 'refused', error: { error_msg: 'connection refused' } },
  ] as const)(
    'is not over because one of its requests was $result: the first may have been done',
    outcome => {
      const { cluster, sent, attempt } = asked();
      cluster.cycle();
      expect(sent.map(i => i.attempt_id)).toEqual([attempt, attempt]);
      cluster.outcome(attempt, outcome);
      for (let i = 0; i < 5; i += 1) cluster.cycle();
      expect(attemptsOf(sent)).toBe(1);
      expect([...cluster.state.provisions.values()]).toMatchObject([{ attempt_id: attempt }]);
    },
  );

  it('is not over because a worker that froze before sending thaws after it was asked again', () => {
    const { cluster, sent, attempt } = asked();
    const older = cluster.lease;
    cluster.lease = { ...older, token: 2, holder: 'b' };
    cluster.cycle();
    cluster.outcome(attempt, { kind: 'provision', result: 'not_sent' }, older);
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(attemptsOf(sent)).toBe(1);
  });

  it('is still settled by the word that it was done', () => {
    const { cluster, attempt } = asked();
    cluster.cycle();
    cluster.outcome(attempt, { kind: 'provision', result: 'not_sent' });
    cluster.outcome(attempt, { kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    expect([...cluster.state.provisions.values()]).toMatchObject([{ outcome: 'accepted', count: 1 }]);
  });

  it('is asked ten times at most; then a discovery tells', () => {
    const { cluster, sent } = asked();
    for (let i = 0; i < 20; i += 1) cluster.cycle();
    expect(sent).toHaveLength(10);
    expect(cluster.latest('orchestrator-action-schedule')?.reason).toBe('PROVISION_OUTCOME_UNKNOWN');
    cluster.nowMs += 60_000;
    cluster.discover();
    cluster.cycle();
    expect(cluster.types()).toContain('OrchestratorActionFinished');
  });
});

describe('when the cluster is given to another platform while an attempt is unknown', () => {
  const elsewhere = () => {
    const world = asked();
    world.cluster.apply(specOf(1, s => ({ ...s, platform: { ns_id: null, name: 'other' } })));
    return world;
  };

  it('asks the other platform nothing under the key of the first', () => {
    const { cluster, sent } = elsewhere();
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(sent).toHaveLength(1);
  });

  it('is settled by no discovery of the other platform, only by an operator', () => {
    const { cluster, attempt } = elsewhere();
    cluster.cycle();
    cluster.nowMs += 120_000;
    cluster.discoveryLease = { ...cluster.discoveryLease, work: 'discovery:other' };
    cluster.discoveredBy = 'other';
    cluster.discover([]);
    expect([...cluster.state.provisions.values()]).toMatchObject([{ outcome: 'unknown' }]);
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: action(cluster) } });
    cluster.execute({
      type: 'SettleProvision',
      data: { ...ids, attempt_id: attempt, provisioned: false },
    });
    expect(cluster.state.provisions.size).toBe(0);
  });
});

describe('a provisioning that was given up', () => {
  it.each([
    ['after', true],
    ['before', false],
  ])('%s the platform accepted, blocks its group until a later discovery', (_when, acceptedFirst) => {
    const { cluster, sent, attempt } = asked(false);
    const accept = () =>
      cluster.outcome(attempt, { kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    if (acceptedFirst) accept();
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: action(cluster) } });
    if (!acceptedFirst) accept();
    cluster.cycle();
    cluster.cycle();
    expect(sent).toHaveLength(1);
    cluster.addNode();
    cluster.nowMs += 60_000;
    cluster.discover();
    cluster.cycle();
    cluster.cycle();
    expect(sent).toHaveLength(1);
    expect(cluster.state.provisions.size).toBe(0);
  });

  it('with an unknown outcome, blocks an action that a person creates for the same group too', () => {
    const { cluster, sent } = asked(false);
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: action(cluster) } });
    cluster.execute({
      type: 'CreateOrchestratorAction',
      data: {
        action: {
          ...ids,
          action_id: 'by-hand',
          args: { request: { count: 1, node_group_id: 'main' } },
          kind: 'core.replicante.io/platform.provision',
          metadata: {},
          timeout: null,
        },
        approval: 'granted',
      },
    });
    for (let i = 0; i < 3; i += 1) cluster.cycle();
    expect(sent).toHaveLength(1);
    cluster.nowMs += 60_000;
    cluster.discover();
    cluster.cycle();
    expect(sent).toHaveLength(2);
  });
});
