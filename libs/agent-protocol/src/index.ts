export type { AgentAnswer, UnknownReason, UnreachableReason } from './agent-answer.js';
export { describeAnswer } from './agent-answer.js';
export type { CallOptions, ScheduleOptions } from './agent-client.js';
export { AgentClient } from './agent-client.js';
export type { AgentConnectionsOptions, AgentTarget } from './agent-connections.js';
export { AgentConnections } from './agent-connections.js';
export type { AttemptHeaders, Fence } from './attempt-headers.js';
export {
  attemptHeaders,
  compareFences,
  formatFence,
  HEADERS,
  parseFence,
  REFUSED_AS_FENCED,
} from './attempt-headers.js';
export {
  decodeActionScheduled,
  decodeAgentActionExecution,
  decodeAgentActionList,
} from './decode-actions.js';
export { decodeAgentNode, decodeAgentStoreInfo } from './decode-node.js';
export { decodeAgentShardsInfo } from './decode-shards.js';
export { errorChain, errorDocument, readErrorDocument } from './error-document.js';
export type { Decoded, FieldProblem } from './json-reader.js';
export { LIMITS } from './json-reader.js';
export type {
  ActionExecutionRequest,
  ActionScheduled,
  AgentActionExecution,
  AgentActionList,
  AgentActionPhase,
  AgentActionState,
  AgentActionSummary,
  AgentNode,
  AgentNodeStatus,
  AgentShard,
  AgentShardsInfo,
  AgentStoreInfo,
  AgentVersion,
  AttributeValue,
  ErrorDocument,
  ShardMeasure,
  ShardRole,
  ShardUnit,
  StoreVersion,
} from './wire.js';
