import type { PageArguments } from '@replicante/read-models';
import { decodeCursor, encodeCursor } from '@replicante/read-models';
import { toConnection } from './connection.js';
import type { ShardObject } from './shard.object.js';

const AS_THEY_ARE = { of: (shard: ShardObject) => shard };

/** Shards come with their node, whole and in the order of their ids: the page is cut here. */
export function shardConnection(shards: readonly ShardObject[], { first, after }: PageArguments) {
  const [from] = after === undefined ? [] : decodeCursor('shards', 1, after);
  const left = from === undefined ? shards : shards.filter(shard => shard.shardId > from);
  const cursorOf = ({ shardId }: ShardObject) => encodeCursor('shards', [shardId]);
  return toConnection(
    { rows: left.slice(0, first), hasNextPage: left.length > first, cursorOf },
    AS_THEY_ARE,
    0,
  );
}
