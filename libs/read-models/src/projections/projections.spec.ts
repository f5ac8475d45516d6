import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@replicante/event-store';
import fc from 'fast-check';
import { Histories } from '../fixtures/histories.js';
import { rowChangeKey, type RowChange } from '../rows/row-group.js';
import { isProjected, readModelsProjection } from './read-models.projection.js';
import { subjectOf } from './subject.js';

const project = readModelsProjection(event =>
  event.type === 'cluster.NodeChanged.v1' ? 'NODE_SYNC_UPDATE' : null,
);

const stored = (streamId: string, type: string, data: unknown, revision = 0): StoredEvent =>
  ({
    id: `event-${revision}`,
    type,
    data,
    streamId,
    revision,
    position: String(revision).padStart(20, '0'),
    metadata: {
      commandId: 'command',
      correlationId: 'correlation',
      actor: { kind: 'anonymous', verified: false },
      recordedAt: '2026-01-01T00:00:00.000Z',
    },
  }) as StoredEvent;

const of = { ns_id: 'default', cluster_id: 'pg', node_id: 'pg-1' };
const rowsOf = (changes: readonly RowChange[], table: string) =>
  changes
    .filter(c => c.group.table === table)
    .map(c => ({ version: c.group.version, ...c.key, ...c.values }));

/** The versioned upsert in memory: what the SQL writer owes. */
function upsert(rows: Map<string, RowChange>, changes: readonly RowChange[]): void {
  for (const change of changes) {
    const before = rows.get(rowChangeKey(change));
    if (!before || (change.group.version !== null && before.version < change.version))
      rows.set(rowChangeKey(change), change);
  }
}

describe('the projections', () => {
  it('give the same rows on a replay from any earlier place', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 80 }), (seed, prefix) => {
        const events = new Histories(seed).events(80);
        const once = new Map<string, RowChange>();
        const replayed = new Map<string, RowChange>();
        for (const event of events) upsert(once, project(event));
        for (const event of events.slice(0, prefix)) upsert(replayed, project(event));
        for (const event of events) upsert(replayed, project(event));
        expect([...replayed.entries()].sort()).toEqual([...once.entries()].sort());
      }),
      { numRuns: 50 },
    );
  });

  it('leave their events unchanged', () => {
    for (const event of new Histories(11).events(60)) {
      const before = JSON.stringify(event);
      project(event);
      expect(JSON.stringify(event)).toBe(before);
    }
  });

  it('give each group of columns every column it has, so that nothing of an older version stays', () => {
    for (const event of new Histories(12).events(200))
      for (const { group, key, values } of project(event)) {
        expect(Object.keys(key).sort()).toEqual(Object.keys(group.key).sort());
        expect(Object.keys(values).sort()).toEqual(Object.keys(group.values).sort());
        expect(Object.values(values)).not.toContain(undefined);
      }
  });

  it('list an event of an unknown type and change nothing else but what the stream shows', () => {
    const changes = project(stored('cluster-default:pg', 'cluster.SomethingNew.v9', { a: 1 }, 4));
    expect(isProjected('cluster.SomethingNew.v9')).toBe(false);
    expect(changes.map(c => `${c.group.table}.${c.group.version}`)).toEqual([
      'events.null',
      'clusters.revision',
    ]);
  });

  it('list an event of a stream about nobody without a subject', () => {
    const [event, ...rest] = project(stored('coordinator-epoch', 'coordinator.EpochRaised.v1', {}));
    expect(event?.values).toMatchObject({ ns_id: null, cluster_id: null, platform: null });
    expect(rest).toEqual([]);
  });

  it.each([
    ['cluster-a:b', { ns_id: 'a', cluster_id: 'b', platform: null }],
    ['platform-a-b:c-d', { ns_id: 'a-b', cluster_id: null, platform: 'c-d' }],
    ['namespace-a-b', { ns_id: 'a-b', cluster_id: null, platform: null }],
    ['audit-2026-01', { ns_id: null, cluster_id: null, platform: null }],
  ])('know whom %s is about', (stream, subject) => expect(subjectOf(stream)).toEqual(subject));

  it('keep a word of an agent that Core does not know', () => {
    const node = { ...of, details: null, node_status: { UNKNOWN: 'DREAMING' } };
    const data = { node, before_status: null, quarantine: null, error: null, observer: 'worker-1' };
    const changes = project(stored('cluster-default:pg', 'cluster.NodeChanged.v1', data));
    expect(rowsOf(changes, 'nodes')[0]).toMatchObject({ status: 'UNKNOWN', unknown_status: 'DREAMING' });
    expect(rowsOf(changes, 'events')[0]).toMatchObject({ code: 'NODE_SYNC_UPDATE' });
  });

  it('keep a node that a discovery does not list, and mark it only when its absence is counted', () => {
    const discovery = { ns_id: 'default', cluster_id: 'pg', nodes: [] };
    const recorded = { discovery, before: null, platform: { ns_id: null, name: 'local' } };
    expect(
      rowsOf(project(stored('cluster-default:pg', 'cluster.DiscoveryRecorded.v1', recorded)), 'nodes'),
    ).toEqual([]);
    const counted = { ...of, absences: 2, since: '2026-01-01T00:00:00Z' };
    expect(
      rowsOf(project(stored('cluster-default:pg', 'cluster.NodeAbsenceCounted.v1', counted)), 'nodes'),
    ).toEqual([{ version: 'presence_version', ...of, absences: 2, absent_since: '2026-01-01T00:00:00Z' }]);
  });

  it('replace the shards of a node whole: what is not listed is gone', () => {
    const shard = { ...of, shard_id: 'a', commit_offset: null, fresh: true, lag: null, role: 'Primary' };
    const listed = project(
      stored('cluster-default:pg', 'cluster.NodeShardsChanged.v1', { ...of, shards: [shard] }),
    );
    expect(rowsOf(listed, 'nodes')[0]).toMatchObject({
      shards: [shard],
      has_primary: true,
      has_secondary: false,
    });
    const none = project(stored('cluster-default:pg', 'cluster.NodeShardsChanged.v1', { ...of, shards: [] }));
    expect(rowsOf(none, 'nodes')[0]).toMatchObject({ shards: [], has_primary: false });
  });

  it('never let the intent of an attempt and its outcome overwrite each other', () => {
    const intent = {
      ns_id: 'default',
      cluster_id: 'pg',
      action_id: 'a',
      attempt_id: 't',
      node_group_id: 'main',
      count: 1,
      platform: { ns_id: null, name: 'local' },
      not_after: '2026-01-01T00:00:00Z',
    };
    const settled = { ...intent, outcome: 'unknown', node_ids: null, error: null, late: true };
    const columns = (type: string, data: unknown) =>
      Object.keys(rowsOf(project(stored('cluster-default:pg', type, data)), 'actions')[0] ?? {});
    const shared = columns('cluster.ProvisionIntended.v1', intent).filter(c =>
      columns('cluster.ProvisionSettled.v1', settled).includes(c),
    );
    expect(shared.sort()).toEqual(['action_id', 'cluster_id', 'ns_id', 'version']);
  });

  it('fail on data that they cannot read, so that the event is put aside and not half written', () => {
    expect(() => project(stored('cluster-default:pg', 'cluster.NodeChanged.v1', {}))).toThrow();
  });
});
