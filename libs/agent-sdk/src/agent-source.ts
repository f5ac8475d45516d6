import type { AgentNode, AgentShardsInfo, AgentStoreInfo } from '@replicante/agent-protocol';

/**
 * What an agent knows of its datastore node. Answers come from the server itself, never from what was asked of it.
 * `nodeInfo` should not throw: a store that does not answer is a status (`UNAVAILABLE`). The others may throw an
 * `AgentError` `STORE_UNAVAILABLE`. `signal` aborts when the agent stops.
 */
export interface AgentSource {
  nodeInfo(signal: AbortSignal): Promise<AgentNode>;
  storeInfo(signal: AbortSignal): Promise<AgentStoreInfo>;
  shardsInfo(signal: AbortSignal): Promise<AgentShardsInfo>;
}
