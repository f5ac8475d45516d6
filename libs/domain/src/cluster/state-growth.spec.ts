import { describe, expect, it } from '@jest/globals';
import { clusterDecider } from './decide/index.js';
import type { ClusterEvent } from './events.js';
import { initialCluster } from './state.js';
import type { ClusterState } from './state.js';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';
import type { NodeAction } from '../model/action.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-01-01T00:00:00.000Z');

const ended = (action_id: string): ClusterEvent => {
  const action: NodeAction = {
    ns_id: 'ns',
    cluster_id: 'pg',
    node_id: 'pg-1',
    action_id,
    args: null,
    created_time: '2026-01-01T00:00:00.000Z',
    finished_time: '2026-01-01T00:00:01.000Z',
    kind: 'agent.replicante.io/x',
    metadata: {},
    scheduled_time: '2026-01-01T00:00:00.500Z',
    state: { phase: 'DONE', error: null, payload: null },
  };
  return { type: 'cluster.NodeActionSynced.v1', data: { action, imported: false } };
};

/** `count` actions that end one after the other, `everyMs` apart. */
function afterActions(count: number, everyMs: number): ClusterState {
  const events = Array.from({ length: count }, (_, revision) => ({
    event: ended(`a${revision}`),
    id: `event-${revision}`,
    streamId: 'cluster-ns:pg',
    revision,
    metadata: {
      commandId: `command-${revision}`,
      correlationId: 'test',
      actor: { kind: 'anonymous' as const, verified: false as const },
      recordedAt: new Date(START_MS + revision * everyMs).toISOString(),
    },
  }));
  return clusterDecider.fold?.(initialCluster, events) ?? initialCluster;
}
const idsOf = (state: ClusterState): readonly string[] => [...state.finishedActions.keys()];

describe('finished actions', () => {
  it('are known for 24 hours', () => {
    const ids = idsOf(afterActions(3_000, HOUR_MS / 100));
    expect([ids[0], ids.length]).toEqual(['a599', 2_401]);
  });

  it('are known for longer while there are no more than 1,000', () => {
    const ids = idsOf(afterActions(1_200, 10 * HOUR_MS));
    expect([ids[0], ids.length]).toEqual(['a200', 1_000]);
  });

  it('are at most 10,000, the newest', () => {
    const ids = idsOf(afterActions(10_500, 1));
    expect([ids[0], ids.length]).toEqual(['a500', 10_000]);
  });

  it('begin their time anew when they finish again', () => {
    const once = afterActions(1_000, 1);
    const again = clusterDecider.evolve(once, {
      event: ended('a0'),
      id: 'again',
      streamId: 'cluster-ns:pg',
      revision: 1_000,
      metadata: {
        commandId: 'again',
        correlationId: 'test',
        actor: { kind: 'anonymous', verified: false },
        recordedAt: '2026-01-02T00:00:00.000Z',
      },
    });
    expect(idsOf(again).at(-1)).toBe('a0');
    expect(idsOf(again)).toHaveLength(1_000);
    expect(idsOf(once)[0]).toBe('a0');
  });
});

describe('what is remembered of a node', () => {
  /** A node that the platform no longer shows and whose agent is silent. */
  const removed = (cluster: SimulatedCluster, id: string): void => {
    Object.assign(cluster.nodes.get(id) ?? {}, { up: false });
    const others = [...cluster.nodes.keys()].filter(other => other !== id);
    for (let i = 0; i < 6 && cluster.state.nodes.has(id); i += 1) {
      cluster.discover(others);
      cluster.cycle();
    }
  };
  const namesOf = (state: ClusterState): readonly string[] =>
    [
      ...state.nodes.keys(),
      ...state.members.keys(),
      ...state.shards.keys(),
      ...state.extras.keys(),
      ...state.attributeChanges.keys(),
      ...state.demoted,
      ...state.decisions.keys(),
    ].filter(name => name.includes('pg-3'));

  it('goes with it', () => {
    const cluster = convergedCluster(3);
    const node = cluster.nodes.get('pg-3');
    for (let i = 0; i < 9; i += 1) {
      Object.assign(node ?? {}, { attributes: { noise: i } });
      cluster.cycle();
    }
    const before = namesOf(cluster.state);
    expect(before).toEqual(expect.arrayContaining(['pg-3', 'pg-3 noise', 'node-action-schedule node:pg-3']));
    expect([...cluster.state.demoted]).toEqual(['pg-3 noise']);
    cluster.apply(specOf(2));
    removed(cluster, 'pg-3');
    expect(cluster.types()).toContain('NodeRemoved');
    expect(namesOf(cluster.state)).toEqual([]);
  });

  it('stays while the node only is missing', () => {
    const cluster = convergedCluster(3);
    cluster.discover(['pg-1', 'pg-2']);
    cluster.cycle();
    expect(namesOf(cluster.state)).toContain('pg-3');
  });
});
