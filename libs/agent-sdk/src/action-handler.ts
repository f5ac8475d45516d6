import type { Json } from '@replicante/kernel';
import type { AgentLog } from './agent-log.js';

/** An action as its handler sees it. `payload` is the handler's memory of earlier invocations, also over restarts. */
export interface RunningAction {
  readonly id: string;
  readonly kind: string;
  readonly args: Json;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payload: Json;
}

export type Change = 'remove' | 'unchanged' | { readonly update: Json };

/** §5.4. `RUNNING` asks to be invoked again; `error` and `payload` are `unchanged` by default. */
export interface ActionOutcome {
  readonly phase: 'NEW' | 'RUNNING' | 'DONE' | 'FAILED';
  readonly error?: Change;
  readonly payload?: Change;
}

export interface InvocationContext {
  /** Aborts when the agent stops: come back soon, the action stays RUNNING and is invoked again at the next start. */
  readonly signal: AbortSignal;
  readonly log: AgentLog;
  /** Shows progress of a long invocation at once; it reaches the disk with the outcome, or at `persist`. */
  readonly show: (payload: Json) => void;
  /** Makes the payload durable before going on: for what the next invocation must know even after `kill -9`. */
  readonly persist: (payload: Json) => Promise<void>;
}

/**
 * Carries out one kind of action. Invoked repeatedly while RUNNING, never two at once in one agent.
 * Must be idempotent: after `kill -9` it is invoked again with the payload last persisted, whatever it had done since.
 * A throw ends the action as FAILED with the error's chain as error document.
 */
export interface ActionHandler {
  /** `<domain>/<name>`, e.g. `agent.replicante.io/cluster.join`. */
  readonly kind: string;
  invoke(action: RunningAction, context: InvocationContext): Promise<ActionOutcome>;
}
