import type { Decoded, JsonReader } from './json-reader.js';
import { decode } from './json-reader.js';
import type { AgentNode, AgentNodeStatus, AgentStoreInfo, AttributeValue } from './wire.js';

const STATUSES = [
  'UNAVAILABLE',
  'NOT_IN_CLUSTER',
  'JOINING_CLUSTER',
  'LEAVING_CLUSTER',
  'UNHEALTHY',
  'HEALTHY',
] as const;

/** A word that is not an agent's (Core's own `UNREACHABLE` too) is an unmapped status, not a broken answer. */
function statusOf(reader: JsonReader, value: unknown, path: string): AgentNodeStatus {
  if (typeof value === 'string') {
    const known = STATUSES.find(status => status === value.toUpperCase());
    return known ?? { UNKNOWN: reader.text(value, path) };
  }
  const tagged = reader.record(value, path);
  return { UNKNOWN: reader.text(tagged['UNKNOWN'], `${path}.UNKNOWN`) };
}

function attribute(reader: JsonReader, value: unknown, path: string): AttributeValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  return reader.text(value, path);
}

const attributes = (reader: JsonReader, value: unknown): Readonly<Record<string, AttributeValue>> =>
  reader.map(value, 'attributes', (item, at) => attribute(reader, item, at));

/** `info/node`. Core trusts discovery's `node_id` for identity and compares this one with it (safety.md §5). */
export const decodeAgentNode = (body: unknown): Decoded<AgentNode> =>
  decode(reader => {
    const node = reader.record(body, '$');
    const agent = reader.record(node['agent_version'], 'agent_version');
    const store = reader.record(node['store_version'], 'store_version');
    return {
      address: reader.map(node['address'], 'address', (item, at) => reader.textOrNull(item, at)),
      agent_version: {
        checkout: reader.text(agent['checkout'], 'agent_version.checkout', { fallback: '' }),
        number: reader.text(agent['number'], 'agent_version.number'),
        taint: reader.text(agent['taint'], 'agent_version.taint', { fallback: '' }),
      },
      attributes: attributes(reader, node['attributes']),
      node_id: reader.name(node['node_id'], 'node_id'),
      node_status: statusOf(reader, node['node_status'], 'node_status'),
      store_id: reader.name(node['store_id'], 'store_id'),
      store_version: {
        checkout: reader.textOrNull(store['checkout'], 'store_version.checkout'),
        number: reader.text(store['number'], 'store_version.number'),
        extra: reader.textOrNull(store['extra'], 'store_version.extra'),
      },
    };
  });

/** `info/store`. */
export const decodeAgentStoreInfo = (body: unknown): Decoded<AgentStoreInfo> =>
  decode(reader => {
    const store = reader.record(body, '$');
    return {
      cluster_id: reader.name(store['cluster_id'], 'cluster_id'),
      attributes: attributes(reader, store['attributes']),
    };
  });
