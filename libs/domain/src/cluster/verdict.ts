import type { Alternative, DecisionOutcome, Fact } from '../model/decision.js';
import type { ClusterEvent } from './events.js';
import type { ReasonCode } from './reasons.js';

/** What a rule says about one subject. */
export interface Verdict {
  readonly subject: string;
  readonly outcome: DecisionOutcome;
  readonly reason: ReasonCode;
  /** One sentence for people, with the names in it. */
  readonly message: string;
  readonly facts: readonly Fact[];
  readonly alternatives?: readonly Alternative[];
  readonly waitsOn?: readonly string[];
  /** Only with outcome `act`. */
  readonly events?: readonly ClusterEvent[];
  /** Also a note of the report. */
  readonly note?: { readonly category: 'Decision' | 'Error'; readonly message: string };
}
