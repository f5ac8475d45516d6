import type { ActionScheduled, AgentAnswer, UnreachableReason } from '@replicante/agent-protocol';
import type { AttemptOutcome, ErrorDocument } from '@replicante/domain';
import type { PlatformResult, ProvisionAnswer } from '@replicante/platform-protocol';
import { describePlatformResult } from '@replicante/platform-protocol';
import { errorOf } from '../cycles/answers.js';

/** The time or the right to send was over: nothing happened, and nobody is to blame. */
const NOT_SENT: ReadonlySet<UnreachableReason> = new Set<UnreachableReason>([
  'expired',
  'aborted',
  'deadline',
]);

export function nodeActionOutcome(answer: AgentAnswer<ActionScheduled>): AttemptOutcome {
  const kind = 'node_action' as const;
  switch (answer.kind) {
    case 'ok':
      return { kind, result: 'accepted' };
    case 'duplicate':
      return { kind, result: 'duplicate' };
    case 'unreachable':
      if (NOT_SENT.has(answer.reason)) return { kind, result: 'not_sent' };
      return { kind, result: 'failed', error: errorOf(answer) };
    case 'notFound':
    case 'refused':
      return { kind, result: 'failed', error: errorOf(answer) };
    // An answer that cannot be understood may come after the effect.
    case 'outcomeUnknown':
    case 'invalid':
      return { kind, result: 'unknown', error: errorOf(answer) };
  }
}

export function provisionOutcome(answer: PlatformResult<ProvisionAnswer>): AttemptOutcome {
  const kind = 'provision' as const;
  const error = (): ErrorDocument => ({ error_msg: describePlatformResult(answer) });
  switch (answer.kind) {
    case 'ok':
      return { kind, result: 'accepted', count: answer.value.count, node_ids: answer.value.node_ids };
    case 'unreachable':
      if (NOT_SENT.has(answer.reason)) return { kind, result: 'not_sent' };
      return { kind, result: 'refused', error: error() };
    case 'refused': {
      const { error_msg, error_cause, error_trail } = answer.error;
      return {
        kind,
        // A failure inside the platform, or of a proxy before it, can come after the effect: only a 4xx refuses.
        result: answer.status >= 500 ? 'unknown' : 'refused',
        error: {
          error_msg,
          ...(error_cause === undefined ? {} : { error_cause }),
          ...(error_trail === undefined ? {} : { error_trail }),
        },
      };
    }
    case 'outcomeUnknown':
    case 'invalid':
      return { kind, result: 'unknown', error: error() };
  }
}
