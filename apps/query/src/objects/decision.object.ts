import type { DecisionRecord } from '@replicante/domain';
import type { DecisionHistoryView, DecisionView } from '@replicante/read-models';
import { ageSeconds } from './ages.js';
import { madeOf, type ObjectOf } from './object-type.js';

type Common = DecisionView & DecisionHistoryView;
type Document = Pick<Common, 'document'>;

const { column, made } = madeOf<Common>();
const recordOf = ({ document }: Document) => document as DecisionRecord;
const recorded = <K extends keyof DecisionRecord>(name: K) => made(['document'], row => recordOf(row)[name]);

const RECORD = {
  id: column('event_id'),
  nsId: column('ns_id'),
  clusterId: column('cluster_id'),
  rule: recorded('rule'),
  ruleVersion: recorded('rule_version'),
  subject: recorded('subject'),
  outcome: recorded('outcome'),
  reason: recorded('reason'),
  message: recorded('message'),
  settled: recorded('settled'),
  specRevision: recorded('spec_revision'),
  waitsOn: recorded('waits_on'),
  facts: made(['document'], row =>
    recordOf(row).facts.map(fact => ({
      name: fact.name,
      value: fact.value,
      observer: fact.observer,
      ageMsThen: fact.age_ms,
    })),
  ),
  alternatives: recorded('alternatives'),
  causedEventIds: recorded('caused'),
  contextRevisions: recorded('context_revisions'),
  cycleId: recorded('cycle_id'),
  revision: column('revision'),
  decidedAt: column('decided_at'),
  latest: column('latest'),
};
/** `causedEvents` has a resolver, which reads the ids. */
const USES = { causedEvents: ['causedEventIds'] } as const;

const latest = madeOf<DecisionView>();
const EVALUATION = [
  'decided_at',
  'revision',
  'spec_revision',
  'sample_revision',
  'sample_mode',
  'sample_spec_revision',
  'sample_completed_at',
] as const;

/**
 * A cycle that ran in full after the decision, for the same spec, and recorded no other one came to the same: equal
 * decisions are recorded once (safety.md §12).
 */
function evaluatedAt(row: Pick<DecisionView, (typeof EVALUATION)[number]>): Date | null {
  const again =
    row.sample_revision !== null &&
    row.sample_revision >= row.revision &&
    row.sample_mode === 'sync' &&
    row.sample_spec_revision === row.spec_revision;
  return again && row.sample_completed_at ? row.sample_completed_at : row.decided_at;
}

const ageOf = (at: Date | null, now: number) => at && ageSeconds(at, now);

/** The latest decision of a rule about a subject. */
export const DECISION = latest.objectType(
  {
    ...RECORD,
    lastEvaluatedAt: latest.made(EVALUATION, evaluatedAt),
    lastEvaluatedAgeSeconds: latest.made(EVALUATION, (row, now) => ageOf(evaluatedAt(row), now)),
    flapping: latest.made(['flapping', 'flapping_since', 'decided_at'], row => {
      const since = row.flapping_since;
      if (!row.flapping || since === null || (row.decided_at && since < row.decided_at)) return null;
      const { reasons, changes } = row.flapping as {
        readonly reasons: readonly string[];
        readonly changes: number;
      };
      return { reasons, changes, since };
    }),
  },
  USES,
);

const past = madeOf<DecisionHistoryView>();
const lastEvaluated = (row: Pick<DecisionHistoryView, 'latest' | 'decided_at'>) =>
  row.latest ? row.decided_at : null;

/** A decision of the history: whatever evaluated it again stands with the latest one. */
export const RECORDED_DECISION = past.objectType(
  {
    ...RECORD,
    lastEvaluatedAt: past.made(['latest', 'decided_at'], lastEvaluated),
    lastEvaluatedAgeSeconds: past.made(['latest', 'decided_at'], (row, now) =>
      ageOf(lastEvaluated(row), now),
    ),
    flapping: past.made([], () => null),
  },
  USES,
);
export type DecisionObject = ObjectOf<typeof DECISION>;
