import { describe, expect, it } from '@jest/globals';
import { convergedCluster, specOf } from '../simulated-cluster.fixture.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { fresh, nodeOf, notesOf, said, seen } from './asked.fixture.js';

const decided = (cluster: SimulatedCluster) => cluster.latest('primary-lost');
const shardsAs =
  (shards: Readonly<Record<string, readonly (readonly [string, 'Primary' | 'Secondary'])[]>>) =>
  (cluster: SimulatedCluster): void => {
    cluster.tamper = answer => ({
      ...answer,
      shards: {
        ok: true,
        value: (shards[answer.node_id] ?? []).map(([id, role]) => ({
          id,
          role,
          commit_offset: null,
          lag: null,
        })),
      },
    });
  };

describe('whether a primary is in service', () => {
  it('is told with the last primary, the primaries of now and the status of each node', () => {
    const cluster = convergedCluster(2);
    cluster.apply(specOf(2, s => ({ ...s, interval: 20 })));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'PRIMARY_PRESENT',
      message: 'Primary: pg-1',
      facts: [
        said('state', 'last_primary', 'pg-1'),
        said('state', 'primaries', ['pg-1']),
        seen('pg-1', 'HEALTHY'),
        seen('pg-2', 'HEALTHY'),
      ],
    });
  });

  it('is no question before one was seen, though there are members', () => {
    const cluster = fresh(1);
    Object.assign(nodeOf(cluster, 'pg-1'), { status: 'HEALTHY', identity: 'i', role: 'Secondary' });
    cluster.cycle();
    expect(cluster.state.everMember).toBe(true);
    expect(decided(cluster)).toMatchObject({ reason: 'NO_MEMBER_YET' });
    expect(notesOf(cluster)).not.toContainEqual(['Error', 'The primary is lost']);
  });

  it('is no question for a cluster that never had a member', () => {
    const cluster = fresh(1);
    cluster.cycle(['none']);
    expect(decided(cluster)).toMatchObject({
      reason: 'NO_MEMBER_YET',
      facts: [
        said('state', 'last_primary', null),
        said('state', 'primaries', []),
        seen('pg-1', 'NOT_POLLED'),
      ],
    });
  });

  it('is an error of the report when none is', () => {
    const cluster = convergedCluster(2);
    nodeOf(cluster, 'pg-1').up = false;
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({ outcome: 'hold', reason: 'PRIMARY_LOST', settled: false });
    expect(notesOf(cluster)).toContainEqual(['Error', 'The primary is lost']);
  });

  it('says no to a primary that is not in service', () => {
    const cluster = convergedCluster(2);
    nodeOf(cluster, 'pg-1').status = 'UNHEALTHY';
    cluster.cycle();
    expect(decided(cluster)?.reason).toBe('PRIMARY_LOST');
  });

  it('tells a status that nobody knows by its own word', () => {
    const cluster = convergedCluster(2);
    nodeOf(cluster, 'pg-1').status = { UNKNOWN: 'flux' };
    cluster.cycle();
    expect(decided(cluster)?.facts).toContainEqual(seen('pg-1', 'UNKNOWN (flux)'));
  });
});

describe('two primaries', () => {
  it('of one shard are an error that names the shard and both nodes', () => {
    const cluster = convergedCluster(3);
    nodeOf(cluster, 'pg-3').role = 'Primary';
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'TWO_PRIMARIES',
      message: 'Two nodes claim to be primary of postgresql: pg-1, pg-3',
      settled: false,
    });
    expect(notesOf(cluster)).toContainEqual(['Error', 'Two nodes claim to be primary of one shard']);
  });

  it('of different shards are as it should be, and both are named', () => {
    const cluster = convergedCluster(2);
    shardsAs({
      'pg-1': [
        ['one', 'Primary'],
        ['two', 'Secondary'],
      ],
      'pg-2': [
        ['one', 'Secondary'],
        ['two', 'Primary'],
      ],
    })(cluster);
    cluster.apply(specOf(2, s => ({ ...s, interval: 20 })));
    cluster.cycle();
    expect(decided(cluster)).toMatchObject({
      reason: 'PRIMARY_PRESENT',
      message: 'Primary: pg-1, pg-2',
      settled: true,
    });
    expect(notesOf(cluster)).toEqual([]);
  });
});
