import type { ErrorDocument } from '@replicante/domain';
import type { ErrorCode } from '@replicante/kernel';
import type { TaskResult } from '@replicante/task-queue';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Permanent for this task: the next one is made when the condition has gone. */
const ABANDON: ReadonlySet<string> = new Set<ErrorCode>([
  'NAMESPACE_NOT_ACTIVE',
  'NAMESPACE_NOT_FOUND',
  'NAMESPACE_DELETING',
  'CLUSTER_INACTIVE',
  'CLUSTER_NOT_FOUND',
  'PLATFORM_INACTIVE',
  'PLATFORM_NOT_FOUND',
]);
/** The lease is not the recorded one (any more): beginning again tells which of the two is newer. */
const BEGIN_AGAIN: ReadonlySet<string> = new Set<ErrorCode>(['FENCED', 'CYCLE_NOT_BEGUN']);
/** What was sent may be sent again under the same command id, and will some day be taken. */
const TRANSIENT: ReadonlySet<string> = new Set<ErrorCode>([
  'SERVICE_UNAVAILABLE',
  'EVENT_STORE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  'CONCURRENT_CHANGE',
  'INTERNAL',
]);

export const mayBeginAgain = (error: unknown): boolean => BEGIN_AGAIN.has(codeOf(error) ?? '');
export const isTransient = (error: unknown): boolean => TRANSIENT.has(codeOf(error) ?? '');

/** What a refusal of `command` makes of the task. */
export function taskResultOf(error: unknown): TaskResult {
  const code = codeOf(error);
  if (code === undefined) throw error;
  return ABANDON.has(code) ? { outcome: 'abandoned', reason: code } : { outcome: 'retry', reason: code };
}

/** An error as it is stored: outermost message first. */
export const errorDocumentOf = (message: string, error: unknown): ErrorDocument => ({
  error_msg: message,
  error_cause: error instanceof Error ? error.message : String(error),
});
