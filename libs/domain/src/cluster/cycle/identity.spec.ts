import { describe, expect, it } from '@jest/globals';
import type { NodeObservation } from '../../model/observation.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { DOWN } from '../simulated-node.fixture.js';
import { declaring, fresh, ids, nodeOf } from '../rules/asked.fixture.js';

interface Said {
  readonly cluster?: string;
  readonly identity: string | null;
  readonly status?: 'HEALTHY' | 'UNHEALTHY';
  readonly nodeId?: string;
  readonly without?: 'store' | 'shards';
}

/** What each of pg-1, pg-2, … says whose data it has, in the first cycle that sees it. */
function told(...words: readonly Said[]): SimulatedCluster {
  const cluster = fresh(words.length, declaring(words.length, { active: false }));
  say(cluster, ...words);
  cluster.cycle();
  return cluster;
}
function say(cluster: SimulatedCluster, ...words: readonly Said[]): void {
  const saidBy = new Map(words.map((word, i) => [`pg-${i + 1}`, word]));
  for (const [id, { identity, status = 'HEALTHY', nodeId = id }] of saidBy)
    Object.assign(nodeOf(cluster, id), { status, identity, nodeId, role: 'Secondary' });
  cluster.tamper = seen => {
    const { cluster: store = 'pg', without } = saidBy.get(seen.node_id) ?? { identity: null };
    const answer: NodeObservation = without ? { ...seen, [without]: DOWN } : seen;
    return answer.store.ok
      ? { ...answer, store: { ok: true, value: { ...answer.store.value, cluster_id: store } } }
      : answer;
  };
}
const recorded = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) => (event.type === 'cluster.StoreIdentityRecorded.v1' ? [event.data] : []));
const record = (node_id: string, store_identity: string | null, store_cluster_id = 'pg') => [
  { ...ids, node_id, store_cluster_id, store_identity },
];

describe('the identity of the data (safety.md §5)', () => {
  it('is what the first healthy member says', () => {
    expect(recorded(told({ identity: 'a' }))).toEqual(record('pg-1', 'a'));
  });
  it('is what most of them say, whoever comes first', () => {
    const cluster = told({ identity: 'lie' }, { identity: 'a' }, { identity: 'a' });
    expect(recorded(cluster)).toEqual(record('pg-2', 'a'));
    expect(cluster.state.nodes.get('pg-1')?.quarantine).toContain('lie');
  });
  it('is what the first says, where two say different things', () => {
    expect(recorded(told({ identity: 'a' }, { identity: 'b' }))).toEqual(record('pg-1', 'a'));
  });
  it('is what one says, where another says nothing', () => {
    expect(recorded(told({ identity: null }, { identity: 'b' }))).toEqual(record('pg-2', 'b'));
  });
  it('is of the cluster of the spec, where as many name another', () => {
    const cluster = told({ identity: 'x', cluster: 'other' }, { identity: 'a' });
    expect(recorded(cluster)).toEqual(record('pg-2', 'a'));
  });
  it('is of another cluster than the spec says, where most name that', () => {
    const cluster = told(
      { identity: 'a' },
      { identity: 'x', cluster: 'other' },
      { identity: 'x', cluster: 'other' },
    );
    expect(recorded(cluster)).toEqual(record('pg-2', 'x', 'other'));
  });
  it('is recorded once', () => {
    const cluster = told({ identity: 'a' });
    say(cluster, { identity: 'b' });
    cluster.cycle();
    expect(recorded(cluster)).toHaveLength(1);
  });
  it.each<[string, Said]>([
    ['is not healthy', { identity: 'x', status: 'UNHEALTHY' }],
    ['answers as another', { identity: 'x', nodeId: 'stranger' }],
    ['cannot be asked for its store', { identity: 'x', without: 'store' }],
    ['cannot be asked for its shards', { identity: 'x', without: 'shards' }],
  ])('is not told by a node that %s', (_title, word) => {
    expect(recorded(told(word))).toEqual([]);
    expect(recorded(told(word, word, { identity: 'a' }))).toEqual(record('pg-3', 'a'));
  });
  it('is not told by a node that does not answer', () => {
    const cluster = fresh(1, declaring(1, { active: false }));
    nodeOf(cluster, 'pg-1').up = false;
    cluster.cycle();
    expect(recorded(cluster)).toEqual([]);
  });
  it('that nobody told at first is completed once somebody does', () => {
    const cluster = told({ identity: null });
    expect(recorded(cluster)).toEqual(record('pg-1', null));
    cluster.cycle();
    expect(recorded(cluster)).toHaveLength(1);
    say(cluster, { identity: 'a' });
    cluster.cycle();
    expect(recorded(cluster).slice(1)).toEqual(record('pg-1', 'a'));
  });
});
