import type { AgentShard } from '@replicante/agent-protocol';
import type { AgentSource } from '@replicante/agent-sdk';
import { AgentError } from '@replicante/agent-sdk';
import type { NodeObserver, ServerFacts } from './node-observer.js';
import { slotName } from './replication-role.js';

export const STORE_ID = 'postgresql';
const AGENT_VERSION = { checkout: '', number: '0.1.0', taint: '' };
const BYTES = { unit: 'bytes' } as const;

export interface DeclaredNode {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly nodeGroup: string;
  readonly nodeClass: string;
  readonly postgresPort: number;
}

/** The three answers of §5.1 for a PostgreSQL node. `fallbackVersion` is told until the server has told its own. */
export function postgresSource(
  node: DeclaredNode,
  observer: NodeObserver,
  fallbackVersion: string,
): AgentSource {
  const address = `127.0.0.1:${node.postgresPort}`;
  let version = fallbackVersion;
  return {
    async nodeInfo() {
      const view = await observer.observe();
      version = view.server?.version ?? version;
      const upstream = view.server?.upstream;
      return {
        address: { client: address, member: address },
        agent_version: AGENT_VERSION,
        attributes: {
          node_group: node.nodeGroup,
          node_class: node.nodeClass,
          store_identity: view.systemIdentifier,
          ...(view.problem === null ? {} : { problem: view.problem, problem_detail: view.detail }),
          ...(upstream ? { upstream: `${upstream.host}:${upstream.port}`, slot: slotName(node.nodeId) } : {}),
        },
        node_id: node.nodeId,
        node_status: view.status,
        store_id: STORE_ID,
        store_version: { checkout: null, number: version, extra: null },
      };
    },
    async storeInfo() {
      const view = await observer.observe();
      return {
        cluster_id: node.clusterId,
        attributes: {
          store_identity: view.systemIdentifier,
          ...(view.server ? { timeline: view.server.timeline } : {}),
        },
      };
    },
    async shardsInfo() {
      const { server, status } = await observer.observe();
      if (status === 'NOT_IN_CLUSTER') return { shards: [] };
      // A cluster that is still being initialised shows no primary: nobody can join it yet.
      if (status === 'JOINING_CLUSTER')
        return { shards: server?.inRecovery ? [{ ...shardOf(server), role: 'Recovering' }] : [] };
      if (server) return { shards: [shardOf(server)] };
      throw new AgentError('STORE_UNAVAILABLE', 'the PostgreSQL of this node does not answer');
    },
  };
}

/** The whole instance is one shard: PostgreSQL replicates all of it or nothing. */
function shardOf(server: ServerFacts): AgentShard {
  const standby = server.streaming ? 'Secondary' : 'Recovering';
  return {
    id: STORE_ID,
    role: server.inRecovery ? standby : 'Primary',
    commit_offset: { unit: BYTES, value: server.lsn },
    lag: server.lag === null ? null : { unit: BYTES, value: server.lag },
  };
}
