import type { AgentShard } from '../../model/observation.js';
import type { Shard } from '../../model/shard.js';
import { sameJson } from '@replicante/kernel';
import type { Cycle, NodeSample } from './cycle.js';

/** Everything but `commit_offset` and `lag`, which are samples (domain-reference §2.7). */
const sameShard = (a: Shard, b: Shard): boolean =>
  a.shard_id === b.shard_id && a.fresh === b.fresh && sameJson(a.role, b.role);

const sameShards = (a: readonly Shard[], b: readonly Shard[]): boolean =>
  a.length === b.length &&
  a.every(left => {
    const right = b.find(s => s.shard_id === left.shard_id);
    return right !== undefined && sameShard(left, right);
  });

const emit = (cycle: Cycle, nodeId: string, shards: readonly Shard[]): void => {
  const { ns_id, cluster_id } = cycle.spec;
  cycle.recorder.emit({
    type: 'cluster.NodeShardsChanged.v1',
    data: { ns_id, cluster_id, node_id: nodeId, shards },
  });
};

/** Shards that the agent no longer reports are gone: upstream forgot to delete them. Answers the samples. */
export function syncShards(
  cycle: Cycle,
  nodeId: string,
  reported: readonly AgentShard[],
): NodeSample['shards'] {
  const { ns_id, cluster_id } = cycle.spec;
  const shards = reported.map((s): Shard => ({
    ns_id,
    cluster_id,
    node_id: nodeId,
    shard_id: s.id,
    commit_offset: s.commit_offset,
    fresh: true,
    lag: s.lag,
    role: s.role,
  }));
  if (!sameShards(cycle.recorder.state.shards.get(nodeId) ?? [], shards)) emit(cycle, nodeId, shards);
  return shards.map(({ shard_id, commit_offset, lag }) => ({ shard_id, commit_offset, lag }));
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
