import { type Decoded, type JsonReader, decode } from './json-reader.js';
import type { DeprovisionRequest, ProvisionGroup, ProvisionRequest } from './wire.js';

const U16 = 2 ** 16 - 1;
const U32 = 2 ** 32 - 1;

/** The body of `POST provision`, as a platform reads it. Unknown fields are ignored. */
export const decodeProvisionRequest = (body: unknown): Decoded<ProvisionRequest> =>
  decode(reader => {
    const request = reader.record(body, '$');
    const cluster = reader.record(request['cluster'], 'cluster');
    const provision = reader.record(request['provision'], 'provision');
    return {
      cluster: {
        cluster_id: reader.name(cluster['cluster_id'], 'cluster.cluster_id'),
        store: reader.name(cluster['store'], 'cluster.store'),
        store_version: reader.name(cluster['store_version'], 'cluster.store_version'),
        attributes: reader.map(cluster['attributes'], 'cluster.attributes', (item, at) =>
          reader.json(item, at),
        ),
        nodes: reader.map(reader.record(cluster['nodes'], 'cluster.nodes'), 'cluster.nodes', (item, at) =>
          readGroup(reader, item, at),
        ),
      },
      provision: {
        count: reader.count(provision['count'], 'provision.count', U16),
        node_group_id: reader.name(provision['node_group_id'], 'provision.node_group_id'),
      },
    };
  });

/** The body of `POST deprovision`. */
export const decodeDeprovisionRequest = (body: unknown): Decoded<DeprovisionRequest> =>
  decode(reader => {
    const request = reader.record(body, '$');
    return {
      cluster_id: reader.name(request['cluster_id'], 'cluster_id'),
      node_id: reader.name(request['node_id'], 'node_id'),
    };
  });

function readGroup(reader: JsonReader, item: unknown, at: string): ProvisionGroup {
  const group = reader.record(item, at);
  return {
    desired_count: reader.count(group['desired_count'], `${at}.desired_count`, U32),
    node_class: reader.name(group['node_class'], `${at}.node_class`),
    store_version: reader.nameOrNull(group['store_version'], `${at}.store_version`),
    attributes: reader.map(group['attributes'], `${at}.attributes`, (value, place) =>
      reader.json(value, place),
    ),
  };
}
