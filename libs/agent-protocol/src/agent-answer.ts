import type { FieldProblem } from './json-reader.js';
import type { ErrorDocument } from './wire.js';

/**
 * What became of one call. No call rejects: an agent that lies, hangs or is gone is an answer like any other.
 *
 * - `refused`: the agent said no, with a reason. `fenced` when our lease is older than one that it has seen.
 * - `duplicate`: 409 to `POST action`; the scheduler treats it as success (§5.3, §7.4).
 * - `unreachable`: nothing was sent; there was no connection, or the address is unfit.
 * - `outcomeUnknown`: it was sent and no complete answer came: it may have been carried out.
 * - `invalid`: a complete answer that cannot be understood; `excerpt` is its beginning, for people.
 */
export type AgentAnswer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'notFound' }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly fenced: boolean;
      readonly error: ErrorDocument;
    }
  | { readonly kind: 'duplicate'; readonly error: ErrorDocument }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly message: string }
  | { readonly kind: 'outcomeUnknown'; readonly reason: UnknownReason; readonly message: string }
  | {
      readonly kind: 'invalid';
      readonly status: number;
      readonly problems: readonly FieldProblem[];
      readonly excerpt: string;
    };

/** `deadline`: the time was up before the request could be sent. `aborted`: the caller's signal. `expired`: `maySend` said no. */
export type UnreachableReason = 'address' | 'connect' | 'tls' | 'deadline' | 'aborted' | 'expired';

/** `size`: the answer was larger than is taken. `protocol`: not HTTP, or HTTP broken off. */
export type UnknownReason = 'deadline' | 'aborted' | 'connection' | 'size' | 'protocol';

/** One line for a report's note. Never holds a header or a token. */
export function describeAnswer(answer: AgentAnswer<unknown>): string {
  switch (answer.kind) {
    case 'ok':
      return 'ok';
    case 'notFound':
      return 'not found';
    case 'refused':
      return `refused with ${answer.status}${answer.fenced ? ' (fenced)' : ''}: ${answer.error.error_msg}`;
    case 'duplicate':
      return `duplicate: ${answer.error.error_msg}`;
    case 'unreachable':
      return `unreachable (${answer.reason}): ${answer.message}`;
    case 'outcomeUnknown':
      return `outcome unknown (${answer.reason}): ${answer.message}`;
    case 'invalid':
      return `invalid answer with ${answer.status}: ${answer.problems.map(p => `${p.path} ${p.problem}`).join('; ')}`;
  }
}
