import type { NodeStatus, Shard, StoreExtras } from '@replicante/domain';
import type { NodeView } from '@replicante/read-models';
import { ageSeconds } from './ages.js';
import { madeOf, type ObjectOf } from './object-type.js';
import { shardObject } from './shard.object.js';

const { column, made, objectType } = madeOf<NodeView>();
/** The record of a node that flaps rests; how it is now, the sample tells. */
const FLAPPING = 'FLAPPING';
const statusText = (status: NodeStatus): string =>
  typeof status === 'string' ? status : `UNKNOWN (${status.UNKNOWN})`;

const SEEN = ['node_sample', 'state_changed_at'] as const;
const seenAt = (row: Pick<NodeView, (typeof SEEN)[number]>) =>
  newest(row.node_sample?.observed_at, row.state_changed_at);

export const NODE = objectType(
  {
    nsId: column('ns_id'),
    clusterId: column('cluster_id'),
    nodeId: column('node_id'),
    status: made(['status'], row => row.status ?? 'NOT_OBSERVED'),
    unknownStatus: made(['unknown_status', 'node_sample'], ({ unknown_status, node_sample }) =>
      unknown_status === FLAPPING && node_sample
        ? `${FLAPPING}, at present ${statusText(node_sample.node_status)}`
        : unknown_status,
    ),
    presence: made(['absences'], row => (row.absences > 0 ? 'MISSING_FROM_PLATFORM' : 'PRESENT')),
    absences: column('absences'),
    absentSince: column('absent_since'),
    quarantine: column('quarantine'),
    // The fault of now: a node that fails in another way each time is recorded with the first.
    error: made(['error', 'node_sample'], row => row.node_sample?.error ?? row.error),
    observer: made(
      ['node_sample', 'sample_observer', 'observer'],
      row => (row.node_sample && row.sample_observer) ?? row.observer,
    ),
    observedAt: made(SEEN, seenAt),
    ageSeconds: made(SEEN, (row, now) => {
      const observedAt = seenAt(row);
      return observedAt && ageSeconds(observedAt, now);
    }),
    changedAt: column('state_changed_at'),
    group: column('node_group'),
    class: column('node_class'),
    agentAddress: column('agent_address'),
    addresses: made(['address'], ({ address }) => {
      if (address === null) return null;
      const { client, member, ...other } = address;
      return { client, member, other };
    }),
    agentVersion: column('agent_version'),
    storeId: column('store_id'),
    storeVersion: column('store_version'),
    attributes: made(['attributes'], row => row.attributes ?? {}),
    volatileAttributes: made(['node_sample'], row => row.node_sample?.volatile ?? {}),
    storeExtras: made(['extras', 'extras_changed_at'], row => {
      const extras = row.extras as StoreExtras | null;
      return (
        extras && { attributes: extras.attributes, fresh: extras.fresh, changedAt: row.extras_changed_at }
      );
    }),
    allShards: made(
      ['ns_id', 'cluster_id', 'node_id', 'shards', 'shards_changed_at', 'node_sample'],
      (row, now) =>
        ((row.shards ?? []) as readonly Shard[])
          .map(shard => shardObject(shard, row, now))
          .sort((a, b) => (a.shardId < b.shardId ? -1 : 1)),
    ),
  },
  { shards: ['allShards'] },
);
export type NodeObject = ObjectOf<typeof NODE>;

function newest(...times: readonly (Date | string | null | undefined)[]): Date | null {
  const known = times.flatMap(t => (t === null || t === undefined ? [] : [new Date(t)]));
  return known.reduce<Date | null>((a, b) => (a === null || b > a ? b : a), null);
}
