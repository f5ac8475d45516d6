export type {
  ActionHandler,
  ActionOutcome,
  Change,
  InvocationContext,
  RunningAction,
} from './action-handler.js';
export type { AgentOptions, RunningAgent } from './agent.js';
export { startAgent } from './agent.js';
export type { AgentErrorCode } from './agent-error.js';
export { AgentError } from './agent-error.js';
export type { AgentLog, LogFields } from './agent-log.js';
export { jsonLinesLog } from './agent-log.js';
export type { AgentSource } from './agent-source.js';
