import type { Attributes } from '../model/attribute.js';
import type { Node, NodeStatus, StoreExtras } from '../model/node.js';
import type { Shard } from '../model/shard.js';
import { attributeKey, storeAttribute } from './state.js';

type Judged = { readonly node: Node; readonly quarantine: string | null };

const names = (attributes: Attributes, isSample: (name: string) => boolean): readonly string[] =>
  Object.keys(attributes)
    .filter(name => !isSample(name))
    .sort();

/** What makes a change of a node count towards flapping: values of attributes have a measure of their own. */
export function factsOfNode({ node, quarantine }: Judged, demoted: ReadonlySet<string>) {
  const { details, node_status, node_id } = node;
  if (details === null) return { status: node_status, identity: quarantine, details: null };
  const { attributes, ...rest } = details;
  const known = names(attributes, name => demoted.has(attributeKey(node_id, name)));
  return { status: node_status, identity: quarantine, details: { ...rest, attributes: known } };
}

export const factsOfExtras = ({ node_id, attributes, fresh }: StoreExtras, demoted: ReadonlySet<string>) => ({
  attributes: names(attributes, name => demoted.has(attributeKey(node_id, storeAttribute(name)))),
  fresh,
});

export const factsOfShards = (shards: readonly Shard[]) =>
  [...shards]
    .map(({ shard_id, role, fresh }) => ({ shard_id, role, fresh }))
    .sort((a, b) => (a.shard_id < b.shard_id ? -1 : 1));

export const statusWord = (status: NodeStatus): string =>
  typeof status === 'object' ? `UNKNOWN (${status.UNKNOWN})` : status;
