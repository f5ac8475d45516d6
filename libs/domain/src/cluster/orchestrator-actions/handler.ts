import type { Json } from '@replicante/kernel';
import type { OrchestratorAction } from '../../model/action.js';
import type { ReasonCode } from '../reasons.js';
import type { Cycle } from '../cycle/cycle.js';

/** What one invocation says. Long work is spread over cycles; `payload` is the memory in between. */
export interface HandlerResult {
  readonly state: 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';
  /** Absent: unchanged. */
  readonly payload?: Json;
  readonly error?: Json;
  /** Why it goes on, when it does. */
  readonly waits?: { readonly reason: ReasonCode; readonly message: string; readonly on?: readonly string[] };
}

/** Invoked once when started and once per cycle while RUNNING. May emit intents and instructions on the cycle. */
export interface ActionHandler {
  readonly kind: string;
  readonly summary: string;
  /** Seconds; the action's own `timeout` wins. */
  readonly timeoutSeconds: number;
  readonly invoke: (cycle: Cycle, action: OrchestratorAction) => HandlerResult;
}

export const failed = (error_msg: string, error_cause?: string): HandlerResult => ({
  state: 'FAILED',
  error: error_cause === undefined ? { error_msg } : { error_msg, error_cause },
});

export const asRecord = (value: Json): Readonly<Record<string, Json>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
