import type { AgentAnswer } from '@replicante/agent-protocol';
import { describeAnswer } from '@replicante/agent-protocol';
import type { Answer, ErrorDocument } from '@replicante/domain';

export type NoAnswer = Extract<Answer<unknown>, { readonly ok: false }>;

export const notPolled = (error_msg: string): NoAnswer => ({
  ok: false,
  kind: 'not_polled',
  error: { error_msg },
});

/**
 * What an agent said, or why nothing was had, with the endpoint that was asked. "We did not ask" is never told as "it is
 * down".
 */
export function answerOf<T, U>(endpoint: string, answer: AgentAnswer<T>, take: (value: T) => U): Answer<U> {
  if (answer.kind === 'ok') return { ok: true, value: take(answer.value) };
  const error = errorOf(answer);
  return {
    ok: false,
    kind: kindOf(answer),
    error: { ...error, error_msg: `${endpoint}: ${describeAnswer(answer)}`.slice(0, MAX_MESSAGE) },
  };
}

/** Of one error: people read it, and it is stored. */
const MAX_MESSAGE = 1_000;

function kindOf(answer: Exclude<AgentAnswer<unknown>, { readonly kind: 'ok' }>): NoAnswer['kind'] {
  switch (answer.kind) {
    case 'notFound':
    case 'refused':
      return 'refused';
    case 'invalid':
    case 'duplicate':
      return 'invalid';
    case 'unreachable':
      if (answer.reason === 'aborted' || answer.reason === 'expired') return 'not_polled';
      return answer.reason === 'deadline' ? 'timeout' : 'unreachable';
    case 'outcomeUnknown':
      if (answer.reason === 'aborted') return 'not_polled';
      if (answer.reason === 'deadline') return 'timeout';
      return answer.reason === 'connection' ? 'unreachable' : 'invalid';
  }
}

/** As stored: the agent's own words when it had some. */
export function errorOf(answer: Exclude<AgentAnswer<unknown>, { readonly kind: 'ok' }>): ErrorDocument {
  if (answer.kind !== 'refused') return { error_msg: describeAnswer(answer) };
  const { error_msg, error_cause, error_trail } = answer.error;
  return {
    error_msg,
    ...(error_cause === undefined ? {} : { error_cause }),
    ...(error_trail === undefined ? {} : { error_trail }),
  };
}
