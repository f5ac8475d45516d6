import type { FieldProblem } from './json-reader.js';
import type { PlatformErrorDocument } from './wire.js';

/**
 * What became of one call. No call rejects: a platform that lies, hangs or is gone is an answer like any other.
 *
 * - `refused`: the platform said no and why. `fenced`: our lease is older than one that it has seen.
 * - `unreachable`: nothing was sent.
 * - `outcomeUnknown`: it was sent and no whole answer came: it may have been carried out (safety.md §3).
 * - `invalid`: a whole answer that cannot be understood. After `provision` that is an unknown outcome too.
 */
export type PlatformResult<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly fenced: boolean;
      readonly error: PlatformErrorDocument;
    }
  | { readonly kind: 'unreachable'; readonly reason: NotSentReason; readonly message: string }
  | { readonly kind: 'outcomeUnknown'; readonly reason: NoAnswerReason; readonly message: string }
  | {
      readonly kind: 'invalid';
      readonly status: number;
      readonly problems: readonly FieldProblem[];
      /** The beginning of the answer, for people. */
      readonly excerpt: string;
    };

/** `expired`: `maySend` said no. `deadline`: the time was up before it could be written. */
export type NotSentReason = 'address' | 'connect' | 'tls' | 'deadline' | 'aborted' | 'expired';

/** `size`: the answer is larger than is taken. `protocol`: not HTTP, or broken off. */
export type NoAnswerReason = 'deadline' | 'aborted' | 'connection' | 'size' | 'protocol';

/** One line for a report or a log; never holds a header. */
export function describePlatformResult(result: PlatformResult<unknown>): string {
  switch (result.kind) {
    case 'ok':
      return 'ok';
    case 'refused':
      return `refused with ${result.status}${result.fenced ? ' (fenced)' : ''}: ${result.error.error_msg}`;
    case 'unreachable':
      return `unreachable (${result.reason}): ${result.message}`;
    case 'outcomeUnknown':
      return `outcome unknown (${result.reason}): ${result.message}`;
    case 'invalid':
      return `invalid answer with ${result.status}: ${result.problems.map(p => `${p.path} ${p.problem}`).join('; ')}`;
  }
}
