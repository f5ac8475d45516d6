import { rowGroup } from './row-group.js';

const values = {
  event_id: 'text',
  rule_version: 'integer',
  outcome: 'text',
  reason: 'text',
  spec_revision: 'integer',
  /** The whole DecisionRecord. */
  document: 'jsonb',
  decided_at: 'timestamptz',
} as const;

/** The latest decision of each rule and subject. */
export const DECISION = rowGroup({
  table: 'decisions',
  key: { ns_id: 'text', cluster_id: 'text', rule: 'text', subject: 'text' },
  version: 'revision',
  values,
});

/** The rule's reasons alternate: in force while newer than the decision. */
export const DECISION_FLAPPING = rowGroup({
  table: 'decisions',
  key: { ns_id: 'text', cluster_id: 'text', rule: 'text', subject: 'text' },
  version: 'flapping_version',
  values: { flapping: 'jsonb', flapping_since: 'timestamptz' },
});

export const DECISION_HISTORY = rowGroup({
  table: 'decision_history',
  key: { ns_id: 'text', cluster_id: 'text', revision: 'integer' },
  version: null,
  values: { rule: 'text', subject: 'text', ...values },
});
