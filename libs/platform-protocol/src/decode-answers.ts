import { IDENTIFIER } from '@replicante/kernel';
import { type Decoded, type FieldProblem, JsonReader, decode } from './json-reader.js';
import type { DiscoveredCluster, DiscoveredNode, ProvisionAnswer } from './wire.js';

/** A discovery that can be used, with the clusters of it that cannot. */
export interface DecodedDiscovery {
  readonly clusters: readonly DiscoveredCluster[];
  /** Each is left out for one reason: a bad cluster never hides the others (domain-reference §1, principle 5). */
  readonly rejected: readonly RejectedCluster[];
}

export interface RejectedCluster {
  /** As the platform wrote it, shortened; null when it is no text. */
  readonly cluster_id: string | null;
  readonly problems: readonly FieldProblem[];
}

const U32 = 2 ** 32 - 1;

/** The answer to `GET discover`. Fails only when the document itself is unfit. */
export function decodeDiscovery(body: unknown): Decoded<DecodedDiscovery> {
  const listed = decode(reader =>
    reader.list(reader.record(body, '$')['clusters'], 'clusters', (item, at) => ({ item, at })),
  );
  if (!listed.ok) return listed;
  const clusters: DiscoveredCluster[] = [];
  const rejected: RejectedCluster[] = [];
  for (const { item, at } of listed.value) {
    const reader = new JsonReader();
    const cluster = readCluster(reader, item, at);
    if (clusters.some(known => known.cluster_id === cluster.cluster_id)) {
      reader.fail(`${at}.cluster_id`, 'is reported twice'); // §6: the same cluster appears once; merging would be a guess
    }
    if (reader.problems.length === 0) clusters.push(cluster);
    else rejected.push({ cluster_id: writtenId(item), problems: reader.problems });
  }
  return { ok: true, value: { clusters, rejected } };
}

/** The answer to `POST provision`. */
export const decodeProvisionAnswer = (body: unknown): Decoded<ProvisionAnswer> =>
  decode(reader => {
    const answer = reader.record(body, '$');
    const ids = answer['node_ids'];
    return {
      count: reader.count(answer['count'], 'count', U32),
      node_ids:
        ids === undefined || ids === null
          ? null
          : reader.list(ids, 'node_ids', (item, at) => reader.name(item, at)),
    };
  });

function readCluster(reader: JsonReader, item: unknown, at: string): DiscoveredCluster {
  const cluster = reader.record(item, at);
  const cluster_id = reader.name(cluster['cluster_id'], `${at}.cluster_id`);
  if (cluster_id !== '' && !IDENTIFIER.test(cluster_id)) {
    reader.fail(`${at}.cluster_id`, 'is not 1 to 128 of A-Z a-z 0-9 . _ -');
  }
  const seen = new Set<string>();
  const nodes = reader.list(cluster['nodes'], `${at}.nodes`, (entry, place) => {
    const node = readNode(reader, entry, place);
    if (seen.has(node.node_id)) reader.fail(`${place}.node_id`, 'is reported twice');
    seen.add(node.node_id);
    return node;
  });
  return { cluster_id, nodes };
}

function readNode(reader: JsonReader, item: unknown, at: string): DiscoveredNode {
  const node = reader.record(item, at);
  return {
    agent_address: reader.name(node['agent_address'], `${at}.agent_address`),
    node_class: reader.name(node['node_class'], `${at}.node_class`),
    node_id: reader.name(node['node_id'], `${at}.node_id`),
    node_group: reader.nameOrNull(node['node_group'], `${at}.node_group`),
  };
}

function writtenId(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || !('cluster_id' in item)) return null;
  return typeof item.cluster_id === 'string' ? item.cluster_id.slice(0, 128) : null;
}
