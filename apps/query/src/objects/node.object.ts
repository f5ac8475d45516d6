import type { NodeDetails, Shard, StoreExtras } from '@replicante/domain';
import type { NodeView } from '@replicante/read-models';
import { ageSeconds } from './ages.js';
import { shardObject } from './shard.object.js';

/** What is made of documents is made when it is asked for: a list shows a few fields of many nodes. */
export function nodeObject(row: NodeView, now: number) {
  const details = row.details as NodeDetails | null;
  const extras = row.extras as StoreExtras | null;
  const seenAt = () => newest(row.node_sample?.observed_at, row.state_changed_at);
  return {
    nsId: row.ns_id,
    clusterId: row.cluster_id,
    nodeId: row.node_id,
    status: row.status ?? 'NOT_OBSERVED',
    unknownStatus: row.unknown_status,
    presence: row.absences > 0 ? 'MISSING_FROM_PLATFORM' : 'PRESENT',
    absences: row.absences,
    absentSince: row.absent_since,
    quarantine: row.quarantine,
    error: row.error,
    observer: (row.node_sample && row.sample_observer) ?? row.observer,
    get observedAt() {
      return seenAt();
    },
    get ageSeconds() {
      const observedAt = seenAt();
      return observedAt && ageSeconds(observedAt, now);
    },
    changedAt: row.state_changed_at,
    group: row.node_group,
    class: row.node_class,
    agentAddress: row.agent_address,
    get addresses() {
      return details && addresses(details);
    },
    agentVersion: details?.agent_version.number ?? null,
    storeId: details?.store_id ?? null,
    storeVersion: details?.store_version.number ?? null,
    attributes: details?.attributes ?? {},
    volatileAttributes: row.node_sample?.volatile ?? {},
    get storeExtras() {
      return (
        extras && { attributes: extras.attributes, fresh: extras.fresh, changedAt: row.extras_changed_at }
      );
    },
    get shardObjects() {
      return ((row.shards ?? []) as readonly Shard[])
        .map(shard => shardObject(shard, row, now))
        .sort((a, b) => (a.shardId < b.shardId ? -1 : 1));
    },
  };
}
export type NodeObject = ReturnType<typeof nodeObject>;

function addresses({ address: { client, member, ...other } }: NodeDetails) {
  return { client, member, other };
}

function newest(...times: readonly (Date | string | null | undefined)[]): Date | null {
  const known = times.flatMap(t => (t === null || t === undefined ? [] : [new Date(t)]));
  return known.reduce<Date | null>((a, b) => (a === null || b > a ? b : a), null);
}
