import type { Json } from '@replicante/kernel';

export type DecisionOutcome = 'act' | 'hold' | 'suppress' | 'reject';

/** A value that a decision stood on, with who saw it and how old it was then. */
export interface Fact {
  /** `node:pg-1.status`, `group:main.count`. */
  readonly name: string;
  readonly value: Json;
  /** Worker, `platform:<name>`, `spec` or `state`. */
  readonly observer: string;
  /** Milliseconds at the time of the decision; `null` for what is not observed (spec, state). */
  readonly age_ms: number | null;
}

/** Another way that was looked at, and why it was not taken. */
export interface Alternative {
  readonly option: string;
  readonly reason: string;
}

/**
 * Why something was done, or was not (architecture.md §3, safety.md §12).
 * Two decisions are equal iff rule, rule_version, subject, outcome, reason, spec_revision and waits_on are.
 */
export interface DecisionRecord {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly rule: string;
  readonly rule_version: number;
  /** `cluster`, `group:<id>`, `node:<id>`, `action:<id>`. */
  readonly subject: string;
  readonly outcome: DecisionOutcome;
  /** A code of `REASONS`. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** The rule has nothing left to do for this spec: counts towards converged. */
  readonly settled: boolean;
  readonly spec_revision: number;
  /** Ids of actions, attempts or holds that must change first. */
  readonly waits_on: readonly string[];
  readonly facts: readonly Fact[];
  readonly alternatives: readonly Alternative[];
  /** Ids of the events that this decision caused. */
  readonly caused: readonly string[];
  /** Revisions of the other streams that the decision read (safety.md §8); -1: absent. */
  readonly context_revisions: { readonly namespace: number; readonly platform: number | null };
  readonly cycle_id: string | null;
}
