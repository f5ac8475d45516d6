import type { AgentActionExecution } from '@replicante/agent-protocol';
import { decodeAgentActionExecution } from '@replicante/agent-protocol';
import { AgentError } from './agent-error.js';

/** One action as it stands on disk: what was asked, what became of it, and under which attempts it came. */
export interface ActionRecord {
  readonly version: 1;
  /** Order of scheduling; times can be equal. */
  readonly sequence: number;
  /** Ids of attempts and idempotency keys whose result is this action (safety.md §2). */
  readonly attempts: readonly string[];
  readonly action: AgentActionExecution;
}

export const isFinished = (record: ActionRecord): boolean => record.action.finished_time !== null;

/** Throws `STATE_UNREADABLE`: an action that is guessed or dropped could be carried out twice. */
export function parseActionRecord(text: string, file: string): ActionRecord {
  const broken = (why: string): AgentError =>
    new AgentError('STATE_UNREADABLE', `${file} cannot be understood (${why}): restore it or move it away`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AgentError('STATE_UNREADABLE', `${file} is not JSON: restore it or move it away`, {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null) throw broken('not an object');
  const { version, sequence, attempts, action } = value as Readonly<Record<string, unknown>>;
  if (version !== 1) throw broken('another version');
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence)) throw broken('sequence');
  if (!Array.isArray(attempts) || !attempts.every((a: unknown): a is string => typeof a === 'string'))
    throw broken('attempts');
  const decoded = decodeAgentActionExecution(action);
  if (!decoded.ok) throw broken(decoded.problems.map(p => `${p.path} ${p.problem}`).join('; '));
  return { version: 1, sequence, attempts, action: decoded.value };
}
