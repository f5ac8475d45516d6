import type { DecisionRecord } from '@replicante/domain';
import type { DecisionHistoryView, DecisionView } from '@replicante/read-models';
import { ageSeconds } from './ages.js';

export function decisionObject(row: DecisionView | DecisionHistoryView, now: number) {
  const record = row.document as DecisionRecord;
  const lastEvaluatedAt = evaluatedAt(row);
  return {
    id: row.event_id,
    nsId: row.ns_id,
    clusterId: row.cluster_id,
    rule: record.rule,
    ruleVersion: record.rule_version,
    subject: record.subject,
    outcome: record.outcome,
    reason: record.reason,
    message: record.message,
    settled: record.settled,
    specRevision: record.spec_revision,
    waitsOn: record.waits_on,
    facts: record.facts.map(fact => ({
      name: fact.name,
      value: fact.value,
      observer: fact.observer,
      ageMsThen: fact.age_ms,
    })),
    alternatives: record.alternatives,
    causedEventIds: record.caused,
    contextRevisions: record.context_revisions,
    cycleId: record.cycle_id,
    revision: row.revision,
    decidedAt: row.decided_at,
    lastEvaluatedAt,
    lastEvaluatedAgeSeconds: lastEvaluatedAt && ageSeconds(lastEvaluatedAt, now),
    latest: row.latest,
    flapping: flappingOf(row),
  };
}
export type DecisionObject = ReturnType<typeof decisionObject>;

/**
 * A cycle that ran in full after the decision, for the same spec, and recorded no other one came to the same: equal
 * decisions are recorded once (safety.md §12).
 */
function evaluatedAt(row: DecisionView | DecisionHistoryView): Date | null {
  if (!row.latest) return null;
  if (!('sample_revision' in row)) return row.decided_at;
  const again =
    row.sample_revision !== null &&
    row.sample_revision >= row.revision &&
    row.sample_mode === 'sync' &&
    row.sample_spec_revision === row.spec_revision;
  return again && row.sample_completed_at ? row.sample_completed_at : row.decided_at;
}

function flappingOf(row: DecisionView | DecisionHistoryView) {
  if (!('flapping' in row) || !row.flapping) return null;
  const since = row.flapping_since;
  if (since === null || (row.decided_at && since < row.decided_at)) return null;
  const { reasons, changes } = row.flapping as {
    readonly reasons: readonly string[];
    readonly changes: number;
  };
  return { reasons, changes, since };
}
