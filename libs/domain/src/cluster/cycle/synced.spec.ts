import { describe, expect, it } from '@jest/globals';
import type { AgentActionExecution, AgentShard, NodeObservation } from '../../model/observation.js';
import type { ClusterEvent } from '../events.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { convergedCluster } from '../simulated-cluster.fixture.js';
import { DOWN } from '../simulated-node.fixture.js';
import { fresh, ids, nodeActionByHand, nodeOf } from '../rules/asked.fixture.js';

type Of<T extends ClusterEvent['type']> = Extract<ClusterEvent, { type: T }>['data'];
const all = <T extends ClusterEvent['type']>(cluster: SimulatedCluster, type: T): readonly Of<T>[] =>
  cluster.log.flatMap(({ event }) => (event.type === type ? [event.data as Of<T>] : []));
const only =
  (id: string, change: (seen: NodeObservation) => NodeObservation) =>
  (seen: NodeObservation): NodeObservation =>
    seen.node_id === id ? change(seen) : seen;
const settled = (count: number): SimulatedCluster => {
  const cluster = convergedCluster(count);
  cluster.run();
  return cluster;
};

describe('a node that is seen', () => {
  it('is recorded whole, with who looked, and what it was before', () => {
    const cluster = fresh(1);
    cluster.cycle();
    expect(all(cluster, 'cluster.NodeChanged.v1')).toEqual([
      {
        node: {
          ...ids,
          node_id: 'pg-1',
          node_status: 'NOT_IN_CLUSTER',
          details: {
            address: { client: 'pg-1:5432', member: 'pg-1:5432' },
            agent_version: { checkout: '', number: '1', taint: '' },
            attributes: {},
            store_id: 'postgresql',
            store_version: { checkout: null, number: '18', extra: null },
          },
        },
        before_status: null,
        quarantine: null,
        error: null,
        observer: 'worker-1',
      },
    ]);
    nodeOf(cluster, 'pg-1').status = 'UNAVAILABLE';
    cluster.cycle();
    expect(all(cluster, 'cluster.NodeChanged.v1').at(-1)).toMatchObject({ before_status: 'NOT_IN_CLUSTER' });
  });

  it.each([
    ['it is silent', (s: NodeObservation) => ({ ...s, node: DOWN }), 'UNREACHABLE', DOWN.error],
    ['its store is', (s: NodeObservation) => ({ ...s, store: DOWN }), 'INCOMPLETE', DOWN.error],
    ['its shards are', (s: NodeObservation) => ({ ...s, shards: DOWN }), 'INCOMPLETE', DOWN.error],
  ] as const)('is recorded with the error when %s', (_title, change, node_status, error) => {
    const cluster = settled(2);
    cluster.tamper = only('pg-2', change);
    cluster.cycle();
    expect(all(cluster, 'cluster.NodeChanged.v1').at(-1)).toMatchObject({
      node: { node_id: 'pg-2', node_status },
      before_status: 'HEALTHY',
      error,
    });
  });

  it('is INCOMPLETE when it does not say whose data it has, and neither accused nor counted', () => {
    const cluster = settled(2);
    nodeOf(cluster, 'pg-2').identity = null;
    cluster.cycle();
    expect(all(cluster, 'cluster.NodeChanged.v1').at(-1)).toMatchObject({
      node: { node_status: 'INCOMPLETE' },
      quarantine: null,
      error: { error_msg: expect.stringContaining('store_identity is missing') },
    });
    expect(cluster.state.convergence?.converged).toBe(false);
  });

  it('that answers as another leaves nothing of its answer, not even its shards', () => {
    const cluster = settled(2);
    nodeOf(cluster, 'pg-2').nodeId = 'x';
    cluster.cycle();
    expect(all(cluster, 'cluster.NodeChanged.v1').at(-1)).toMatchObject({
      node: { node_id: 'pg-2', details: null, node_status: { UNKNOWN: 'IDENTITY_MISMATCH' } },
      quarantine: expect.stringContaining("answers as node 'x'"),
    });
    expect(cluster.state.shards.get('pg-2')).toMatchObject([{ fresh: false }]);
  });
});

describe('what a node reports of its store', () => {
  const attributesAs = (attributes: Readonly<Record<string, number | string>>) =>
    only('pg-2', seen => ({ ...seen, store: { ok: true, value: { cluster_id: 'pg', attributes } } }));

  it('is recorded when it changes, and marked stale once when it cannot be read', () => {
    const cluster = settled(2);
    cluster.tamper = attributesAs({ store_identity: 'identity-1', size: 1 });
    cluster.cycle();
    const extras = {
      ...ids,
      node_id: 'pg-2',
      attributes: { store_identity: 'identity-1', size: 1 },
      fresh: true,
    };
    expect(all(cluster, 'cluster.StoreExtrasChanged.v1').at(-1)).toEqual({ extras });
    const count = all(cluster, 'cluster.StoreExtrasChanged.v1').length;
    cluster.cycle();
    expect(all(cluster, 'cluster.StoreExtrasChanged.v1')).toHaveLength(count);
    cluster.tamper = only('pg-2', seen => ({ ...seen, store: DOWN }));
    cluster.cycle();
    cluster.cycle();
    expect(all(cluster, 'cluster.StoreExtrasChanged.v1').slice(count)).toEqual([
      { extras: { ...extras, fresh: false } },
    ]);
  });

  it('is a sample from the sixth change in ten intervals on, under a name apart from the node’s own', () => {
    const cluster = settled(2);
    for (let i = 0; i <= 7; i += 1) {
      cluster.tamper = attributesAs({ store_identity: 'identity-1', size: i });
      cluster.cycle();
    }
    expect(all(cluster, 'cluster.AttributeDemoted.v1')).toEqual([
      { ...ids, node_id: 'pg-2', attribute: 'store:size' },
    ]);
    cluster.tamper = attributesAs({ store_identity: 'identity-1', size: 99 });
    expect(cluster.cycle()).toMatchObject({ sample: { nodes: [{}, { volatile: { 'store:size': 99 } }] } });
    expect(cluster.state.extras.get('pg-2')?.attributes).toEqual({ store_identity: 'identity-1' });
  });
});

describe('shards of a node', () => {
  const shard = (id: string, role: AgentShard['role'] = 'Secondary'): AgentShard => ({
    id,
    role,
    commit_offset: null,
    lag: { unit: 'seconds', value: 1 },
  });
  const reported = (cluster: SimulatedCluster, ...value: readonly AgentShard[]): number => {
    const before = all(cluster, 'cluster.NodeShardsChanged.v1').length;
    cluster.tamper = only('pg-2', seen => ({ ...seen, shards: { ok: true, value } }));
    cluster.cycle();
    return all(cluster, 'cluster.NodeShardsChanged.v1').length - before;
  };

  it('are recorded all together, with all that was said of each', () => {
    const cluster = settled(2);
    reported(cluster, shard('a'), shard('b', { Other: 'arbiter' }));
    const base = { ...ids, node_id: 'pg-2', commit_offset: null, lag: { unit: 'seconds', value: 1 } };
    expect(all(cluster, 'cluster.NodeShardsChanged.v1').at(-1)).toEqual({
      ...ids,
      node_id: 'pg-2',
      shards: [
        { ...base, shard_id: 'a', fresh: true, role: 'Secondary' },
        { ...base, shard_id: 'b', fresh: true, role: { Other: 'arbiter' } },
      ],
    });
  });

  it('change when one comes, goes, is another or has another role, and not with their order', () => {
    const cluster = settled(2);
    reported(cluster, shard('a'), shard('b'));
    expect(reported(cluster, shard('b'), shard('a'))).toBe(0);
    expect(reported(cluster, shard('a'), shard('c'))).toBe(1);
    expect(reported(cluster, shard('a'))).toBe(1);
    expect(reported(cluster, shard('a', 'Recovering'))).toBe(1);
    expect(reported(cluster, { ...shard('a', 'Recovering'), lag: null })).toBe(0);
  });

  it('are marked stale once', () => {
    const cluster = settled(2);
    reported(cluster, shard('a'), shard('b'));
    const before = all(cluster, 'cluster.NodeShardsChanged.v1').length;
    cluster.tamper = only('pg-2', seen => ({ ...seen, shards: DOWN }));
    cluster.cycle();
    cluster.cycle();
    const changes = all(cluster, 'cluster.NodeShardsChanged.v1').slice(before);
    expect(changes).toHaveLength(1);
    expect(changes[0]?.shards.map(s => [s.shard_id, s.fresh])).toEqual([
      ['a', false],
      ['b', false],
    ]);
  });
});

describe("an agent's word on an action", () => {
  const execution = (id: string, more: Partial<AgentActionExecution> = {}): AgentActionExecution => ({
    id,
    args: { n: 1 },
    created_time: '2026-01-01T00:00:00.000Z',
    finished_time: null,
    kind: 'example.com/x',
    metadata: { m: '1' },
    scheduled_time: '2026-01-01T00:00:01.000Z',
    state: { phase: 'RUNNING', error: null, payload: { bytes: 1 } },
    ...more,
  });
  const says = (
    cluster: SimulatedCluster,
    node: string,
    id: string,
    value: AgentActionExecution | 'absent',
  ) => {
    cluster.tamper = only(node, seen => ({ ...seen, actions: { [id]: { ok: true, value } } }));
    cluster.cycle();
    return all(cluster, 'cluster.NodeActionSynced.v1');
  };

  it('is recorded as it is, imported when nobody here had asked for it', () => {
    const cluster = settled(2);
    expect(says(cluster, 'pg-2', 'f', execution('f')).at(-1)).toEqual({
      imported: true,
      action: {
        ...ids,
        node_id: 'pg-2',
        action_id: 'f',
        args: { n: 1 },
        created_time: '2026-01-01T00:00:00.000Z',
        finished_time: null,
        kind: 'example.com/x',
        metadata: { m: '1' },
        scheduled_time: '2026-01-01T00:00:01.000Z',
        state: { phase: 'RUNNING', error: null, payload: { bytes: 1 } },
      },
    });
  });

  it('is no import when it was asked for', () => {
    const cluster = settled(2);
    nodeActionByHand(cluster, 'example.com/x', 'pg-2');
    const id = 'by-hand example.com/x';
    expect(says(cluster, 'pg-2', id, execution(id)).at(-1)).toMatchObject({ imported: false });
  });

  it('that it has ended gives it the end that it says, or else this cycle', () => {
    const cluster = settled(2);
    says(cluster, 'pg-2', 'f', execution('f'));
    says(cluster, 'pg-2', 'g', execution('g'));
    const done = { phase: 'DONE', error: null, payload: null } as const;
    const finished_time = '2026-01-01T00:00:09.000Z';
    const told = says(cluster, 'pg-2', 'f', execution('f', { finished_time, state: done })).at(-1);
    expect(told?.action).toMatchObject({ action_id: 'f', finished_time, state: { phase: 'DONE' } });
    const at = new Date(cluster.nowMs).toISOString();
    const untold = says(cluster, 'pg-2', 'g', execution('g', { state: done })).at(-1);
    expect(untold?.action).toMatchObject({ action_id: 'g', finished_time: at });
  });

  it('that it goes on leaves no end, whatever time it says', () => {
    const cluster = settled(2);
    const odd = execution('f', { finished_time: '2026-01-01T00:00:09.000Z' });
    expect(says(cluster, 'pg-2', 'f', odd).at(-1)?.action.finished_time).toBeNull();
  });

  it.each<[string, string, (c: SimulatedCluster) => void, AgentActionExecution]>([
    ['bears another id than was asked', 'f', () => undefined, execution('other')],
    [
      'belongs to another node',
      'by-hand example.com/x',
      c => nodeActionByHand(c, 'example.com/x', 'pg-1'),
      execution('by-hand example.com/x'),
    ],
    [
      'belongs to an action of Core',
      'o',
      c =>
        void c.execute({
          type: 'CreateOrchestratorAction',
          data: {
            action: { ...ids, action_id: 'o', args: null, kind: 'x', metadata: {}, timeout: null },
            approval: 'required',
          },
        }),
      execution('o'),
    ],
  ])('does not reach an action that %s', (_title, id, prepare, value) => {
    const cluster = settled(2);
    prepare(cluster);
    const before = all(cluster, 'cluster.NodeActionSynced.v1').length;
    expect(says(cluster, 'pg-2', id, value)).toHaveLength(before);
  });

  it('that it has an action not loses only what was there, of this very node, and is not queued', () => {
    const cluster = settled(2);
    says(cluster, 'pg-2', 'f', execution('f'));
    const phase = (): string | undefined => cluster.state.nodeActions.get('f')?.action.state.phase;
    cluster.tamper = seen => ({
      ...seen,
      actions: { f: { ok: true, value: seen.node_id === 'pg-1' ? 'absent' : execution('f') } },
    });
    cluster.cycle();
    expect(phase()).toBe('RUNNING');
    cluster.tamper = only('pg-2', seen => ({
      ...seen,
      queue: { ok: true, value: ['f'] },
      actions: { f: { ok: true, value: 'absent' } },
    }));
    cluster.cycle();
    expect(phase()).toBe('RUNNING');
    const at = new Date(cluster.nowMs).toISOString();
    says(cluster, 'pg-2', 'f', 'absent');
    expect(all(cluster, 'cluster.NodeActionSynced.v1').at(-1)).toMatchObject({
      imported: false,
      action: { action_id: 'f', finished_time: at, state: { phase: 'LOST', payload: { bytes: 1 } } },
    });
  });

  it('is progress only for 30 s, and its phase is told at once', () => {
    const cluster = settled(2);
    const at = (phase: 'NEW' | 'RUNNING', bytes: number) =>
      execution('f', { state: { phase, error: null, payload: { bytes } } });
    const count = says(cluster, 'pg-2', 'f', at('NEW', 1)).length;
    const recordedMs = cluster.nowMs - 10_000;
    cluster.nowMs = recordedMs + 29_999;
    expect(says(cluster, 'pg-2', 'f', at('NEW', 2))).toHaveLength(count);
    cluster.nowMs = recordedMs + 30_000;
    expect(says(cluster, 'pg-2', 'f', at('NEW', 3))).toHaveLength(count + 1);
    expect(says(cluster, 'pg-2', 'f', at('RUNNING', 3))).toHaveLength(count + 2);
  });
});

describe('a node that is gone', () => {
  const gone = (cluster: SimulatedCluster, id: string): void => {
    for (let i = 0; i < 4; i += 1) {
      cluster.discover([...cluster.nodes.keys()].filter(n => n !== id));
      cluster.nowMs += 10_000;
    }
  };
  it('takes with it its own actions, caused by its removal, and no other', () => {
    const cluster = settled(3);
    nodeActionByHand(cluster, 'example.com/its', 'pg-3');
    nodeActionByHand(cluster, 'example.com/other', 'pg-2');
    gone(cluster, 'pg-3');
    nodeOf(cluster, 'pg-3').up = false;
    const at = new Date(cluster.nowMs).toISOString();
    cluster.cycle();
    const removal = cluster.log.find(e => e.event.type === 'cluster.NodeRemoved.v1');
    const cancelled = cluster.log.filter(e => e.event.type === 'cluster.NodeActionCancelled.v1');
    expect(removal?.event.data).toMatchObject({ node: { node_id: 'pg-3', node_status: 'UNREACHABLE' } });
    expect(cancelled).toMatchObject([
      {
        event: {
          data: {
            reason: 'node_removed',
            action: {
              action_id: 'by-hand example.com/its',
              finished_time: at,
              state: { phase: 'CANCELLED' },
            },
          },
        },
        metadata: { causationId: removal?.id },
      },
    ]);
  });
  it.each<[string, (c: SimulatedCluster) => void]>([
    ['its agent answers', () => undefined],
    [
      'it was not polled',
      c => {
        c.tamper = only('pg-3', seen => ({ ...seen, node: { ...DOWN, kind: 'not_polled' } }));
      },
    ],
  ])('is not gone while %s', (_title, prepare) => {
    const cluster = settled(3);
    gone(cluster, 'pg-3');
    prepare(cluster);
    cluster.cycle();
    expect(cluster.types()).not.toContain('NodeRemoved');
  });
  it('is not gone before its third absence', () => {
    const cluster = settled(3);
    nodeOf(cluster, 'pg-3').up = false;
    for (let i = 0; i < 2; i += 1) {
      cluster.discover(['pg-1', 'pg-2']);
      cluster.cycle();
    }
    expect(cluster.state.members.get('pg-3')?.absent?.absences).toBe(2);
    expect(cluster.types()).not.toContain('NodeRemoved');
  });
});
