import type { Measure, Shard } from '@replicante/domain';
import type { NodeView } from '@replicante/read-models';
import { ageSeconds } from './ages.js';

const ROLES = { Primary: 'PRIMARY', Secondary: 'SECONDARY', Recovering: 'RECOVERING' } as const;

const measure = (m: Measure | null | undefined) =>
  m ? { value: m.value, unit: typeof m.unit === 'string' ? m.unit : m.unit.unit } : null;

type OfNode = Pick<NodeView, 'ns_id' | 'cluster_id' | 'node_id' | 'shards_changed_at' | 'node_sample'>;

/** Role is a fact; offset and lag are the latest sample's, else those of the fact, each with its age. */
export function shardObject(shard: Shard, node: OfNode, now: number) {
  const sampled = node.node_sample?.shards.find(s => s.shard_id === shard.shard_id);
  const observedAt = sampled ? node.node_sample?.observed_at : node.shards_changed_at;
  return {
    nsId: node.ns_id,
    clusterId: node.cluster_id,
    nodeId: node.node_id,
    shardId: shard.shard_id,
    role: typeof shard.role === 'string' ? ROLES[shard.role] : 'OTHER',
    otherRole: typeof shard.role === 'string' ? null : shard.role.Other,
    commitOffset: measure(sampled ? sampled.commit_offset : shard.commit_offset),
    lag: measure(sampled ? sampled.lag : shard.lag),
    fresh: shard.fresh,
    observedAt: observedAt ?? null,
    ageSeconds: observedAt ? ageSeconds(observedAt, now) : null,
  };
}
export type ShardObject = ReturnType<typeof shardObject>;
