import { describe, expect, it } from '@jest/globals';
import type { Instruction } from './commands.js';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const rule = { rule: 'node-scale-up', subject: 'group:main' } as const;

/** A cluster of one, whose platform never acts by itself: the test says what became of each attempt. */
function silent(count = 1): { cluster: SimulatedCluster; sent: Instruction[] } {
  const cluster = new SimulatedCluster();
  const sent: Instruction[] = [];
  cluster.fate = instruction => {
    sent.push(instruction);
    return 'dropped';
  };
  cluster.apply(specOf(count));
  return { cluster, sent };
}
const provisioned = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.OrchestratorActionFinished.v1' ? [event.data.action] : [],
  );
const work = (cluster: SimulatedCluster, cycles: number): void => {
  for (let i = 0; i < cycles; i += 1) {
    cluster.discover();
    cluster.cycle();
  }
};
const refuse = (cluster: SimulatedCluster, sent: readonly Instruction[]): void =>
  void cluster.outcome(sent.at(-1)?.attempt_id ?? '', {
    kind: 'provision',
    result: 'refused',
    error: { error_msg: 'no room' },
  });

describe('when the platform refuses', () => {
  it('fails the action with the word of the platform', () => {
    const { cluster, sent } = silent();
    cluster.cycle();
    cluster.cycle();
    refuse(cluster, sent);
    cluster.cycle();
    expect(provisioned(cluster)).toMatchObject([
      { state: 'FAILED', state_payload_error: { error_cause: 'no room' } },
    ]);
  });

  it('holds REPEATED_FAILURE after the third in a row', () => {
    const { cluster, sent } = silent();
    for (let i = 0; i < 12; i += 1) {
      cluster.cycle();
      refuse(cluster, sent);
    }
    expect(sent).toHaveLength(3);
    expect(cluster.latest(rule.rule, rule.subject)).toMatchObject({
      outcome: 'hold',
      reason: 'REPEATED_FAILURE',
    });
  });

  it.each([
    [
      'a retry of the rule',
      (c: SimulatedCluster) => c.execute({ type: 'RetryRule', data: { ...ids, ...rule } }),
    ],
    [
      'a retry of the whole rule',
      (c: SimulatedCluster) =>
        c.execute({ type: 'RetryRule', data: { ...ids, rule: rule.rule, subject: 'cluster' } }),
    ],
    ['a change of the spec', (c: SimulatedCluster) => c.apply(specOf(2))],
  ])('tries again after %s', (_title, lift) => {
    const { cluster, sent } = silent();
    for (let i = 0; i < 12; i += 1) {
      cluster.cycle();
      refuse(cluster, sent);
    }
    lift(cluster);
    cluster.cycle();
    cluster.cycle();
    expect(sent).toHaveLength(4);
  });

  it('has nothing to retry before anything failed', () => {
    const { cluster } = silent();
    expect(cluster.execute({ type: 'RetryRule', data: { ...ids, ...rule } })).toBe('NOTHING_TO_SETTLE');
  });
});

describe('when an attempt was not sent', () => {
  it('is tried again under a new attempt of the same action', () => {
    const { cluster, sent } = silent();
    cluster.cycle();
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', { kind: 'provision', result: 'not_sent' });
    cluster.cycle();
    expect(sent.map(i => i.attempt_id)).toHaveLength(2);
    expect(new Set(sent.map(i => i.attempt_id)).size).toBe(2);
    expect(cluster.state.orchestratorActions.size).toBe(1);
  });
});

describe('when the platform accepted', () => {
  function accepted(count: number): SimulatedCluster {
    const { cluster, sent } = silent();
    cluster.cycle();
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', {
      kind: 'provision',
      result: 'accepted',
      count,
      node_ids: null,
    });
    return cluster;
  }
  it('waits for discovery to show the node', () => {
    const cluster = accepted(1);
    work(cluster, 3);
    expect(cluster.latest('orchestrator-action-schedule')?.reason).toBe('WAITS_FOR_DISCOVERY');
  });
  it('is done when the node stayed for stable_after, not before', () => {
    const cluster = accepted(1);
    cluster.addNode();
    cluster.discover();
    cluster.cycle();
    expect(cluster.latest('orchestrator-action-schedule')?.reason).toBe('WAITS_FOR_STABILITY');
    cluster.nowMs -= 10_000 - 4_999;
    cluster.cycle();
    expect(provisioned(cluster)).toEqual([]);
    cluster.nowMs -= 10_000 - 1;
    cluster.cycle();
    expect(provisioned(cluster)).toMatchObject([{ state: 'DONE' }]);
  });
  it('counts the time anew when the new nodes change meanwhile', () => {
    const cluster = accepted(1);
    cluster.addNode();
    work(cluster, 1);
    cluster.addNode();
    work(cluster, 1);
    expect(provisioned(cluster)).toEqual([]);
    work(cluster, 1);
    expect(provisioned(cluster)).toMatchObject([{ state: 'DONE' }]);
  });
  it('and made none, is done after stable_after without a node', () => {
    const cluster = accepted(0);
    work(cluster, 2);
    expect(provisioned(cluster)).toMatchObject([
      { state: 'DONE', state_payload: { expected: 0, candidate_nodes: [] } },
    ]);
  });
  it('believes no second word about the same attempt', () => {
    const { cluster, sent } = silent();
    cluster.cycle();
    cluster.cycle();
    const id = sent[0]?.attempt_id ?? '';
    cluster.outcome(id, { kind: 'provision', result: 'accepted', count: 1, node_ids: null });
    const before = cluster.log.length;
    cluster.outcome(id, { kind: 'provision', result: 'refused', error: { error_msg: 'late' } });
    cluster.outcome(id, { kind: 'provision', result: 'unknown', error: { error_msg: 'late' } });
    expect(cluster.log).toHaveLength(before);
  });
});

describe('when the outcome is unknown', () => {
  function unknown() {
    const world = silent();
    world.cluster.cycle();
    world.cluster.cycle();
    const attempt_id = world.sent[0]?.attempt_id ?? '';
    world.cluster.outcome(attempt_id, { kind: 'provision', result: 'unknown', error: { error_msg: '?' } });
    return { ...world, attempt_id };
  }
  it('is never sent again, however long it takes', () => {
    const { cluster, sent } = unknown();
    for (let i = 0; i < 30; i += 1) cluster.cycle();
    expect(sent).toHaveLength(1);
    expect(cluster.latest('orchestrator-action-schedule')?.reason).toBe('PROVISION_OUTCOME_UNKNOWN');
  });
  it('is not settled by a discovery that began before the attempt and its settle time were over', () => {
    const { cluster } = unknown();
    cluster.nowMs -= 10_000;
    cluster.discover();
    cluster.nowMs += 34_999;
    cluster.discover();
    expect(cluster.types().filter(type => type === 'DiscoveryRecorded')).toHaveLength(1);
    expect([...cluster.state.provisions.values()]).toMatchObject([{ outcome: 'unknown' }]);
    cluster.nowMs += 2;
    cluster.discover();
    expect([...cluster.state.provisions.values()]).toMatchObject([{ outcome: 'not_shown' }]);
  });
  it.each([
    [true, 'settled_by_operator'],
    [false, 'not_shown'],
  ])('can be settled once by a person: provisioned %s', (provisioned, outcome) => {
    const { cluster, attempt_id } = unknown();
    const settle = () =>
      cluster.execute({ type: 'SettleProvision', data: { ...ids, attempt_id, provisioned } });
    expect(settle()).toEqual({ kind: 'none' });
    expect([...cluster.state.provisions.values()]).toMatchObject([{ outcome }]);
    expect(settle()).toBe('NOTHING_TO_SETTLE');
  });
});

describe('when the action is cancelled before the outcome is known', () => {
  it('blocks the group until a later discovery tells, and no longer', () => {
    const { cluster, sent } = silent();
    cluster.cycle();
    cluster.cycle();
    const action_id = [...cluster.state.orchestratorActions.keys()][0] ?? '';
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id } });
    cluster.cycle();
    expect(cluster.latest(rule.rule, rule.subject)?.reason).toBe('PROVISION_OUTCOME_UNKNOWN');
    work(cluster, 4);
    expect(sent.length).toBeGreaterThan(1);
  });
});

describe('when it cannot be provisioned at all', () => {
  it.each<[string, (c: SimulatedCluster) => void, string]>([
    [
      'the platform is inactive',
      c =>
        (c.platformAs = p =>
          p.status === 'known' ? { ...p, platform: { ...p.platform, active: false } } : p),
      'inactive',
    ],
    [
      'the platform is deleted',
      c => (c.platformAs = p => ({ status: 'deleted', view: p.view })),
      'does not exist',
    ],
    ['the spec names no platform', c => c.apply(specOf(1, s => ({ ...s, platform: null }))), 'no platform'],
  ])('fails and sends nothing: %s', (_title, spoil, cause) => {
    const { cluster, sent } = silent();
    spoil(cluster);
    work(cluster, 8);
    expect(sent).toEqual([]);
    expect(provisioned(cluster)).toHaveLength(3);
    expect(JSON.stringify(provisioned(cluster)[0]?.state_payload_error)).toContain(cause);
  });
});

describe('groups', () => {
  it('are served one node at a time, the first by id that is short', () => {
    const { cluster } = silent();
    const group = { desired_count: 1, node_class: 'small', store_version: null, attributes: {} };
    cluster.apply(
      specOf(1, s => ({
        ...s,
        declaration: {
          ...s.declaration,
          definition: s.declaration.definition && {
            ...s.declaration.definition,
            nodes: { b: group, a: group },
          },
        },
      })),
    );
    cluster.cycle();
    expect(cluster.latest('node-scale-up', 'group:a')?.outcome).toBe('act');
    expect(cluster.latest('node-scale-up', 'group:b')?.reason).toBe('OTHER_GROUP_FIRST');
  });
  it('get time after a provisioning, when the spec grants it', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(
      specOf(2, s => ({
        ...s,
        declaration: { ...s.declaration, graces: { ...s.declaration.graces, scale_up: 5 } },
      })),
    );
    work(cluster, 6);
    expect(cluster.latest(rule.rule, rule.subject)?.reason).toBe('IN_GRACE');
    cluster.nowMs += 300_000;
    cluster.run();
    expect(cluster.provisions).toBe(2);
  });
});
