import type { Shard } from '../../model/shard.js';
import { sameJson } from '@replicante/kernel';
import type { Cycle } from './cycle.js';

/** Everything but `commit_offset` and `lag`, which are samples (domain-reference §2.7). */
const sameShard = (a: Shard, b: Shard): boolean =>
  a.shard_id === b.shard_id && a.fresh === b.fresh && sameJson(a.role, b.role);

const everyIn = (shards: readonly Shard[], others: ReadonlyMap<string, Shard>): boolean =>
  shards.every(shard => {
    const other = others.get(shard.shard_id);
    return other !== undefined && sameShard(shard, other);
  });

/** By id: twenty thousand shards of one node must not cost their square. */
const sameShards = (a: readonly Shard[], b: readonly Shard[]): boolean =>
  a.length === b.length && everyIn(a, new Map(b.map(shard => [shard.shard_id, shard])));

const emit = (cycle: Cycle, nodeId: string, shards: readonly Shard[]): void => {
  const { ns_id, cluster_id } = cycle.spec;
  cycle.recorder.emit({
    type: 'cluster.NodeShardsChanged.v1',
    data: { ns_id, cluster_id, node_id: nodeId, shards },
  });
};

/** Shards that the agent no longer reports are gone: upstream forgot to delete them. */
export function syncShards(cycle: Cycle, nodeId: string, shards: readonly Shard[]): void {
  if (!sameShards(cycle.recorder.state.shards.get(nodeId) ?? [], shards)) emit(cycle, nodeId, shards);
}

export function markShardsStale(cycle: Cycle, nodeId: string): void {
  const known = cycle.recorder.state.shards.get(nodeId) ?? [];
  if (known.some(s => s.fresh))
    emit(
      cycle,
      nodeId,
      known.map(s => ({ ...s, fresh: false })),
    );
}
