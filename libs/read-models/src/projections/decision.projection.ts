import type { ClusterEvent } from '@replicante/domain';
import { DECISION, DECISION_FLAPPING, DECISION_HISTORY } from '../rows/decision-rows.js';
import { change } from '../rows/row-group.js';
import type { EventHandlers } from './event-handlers.js';

export const decisionProjection: EventHandlers<
  Extract<ClusterEvent, { readonly type: `cluster.Decision${'Made' | 'Flapping'}.v1` }>
> = {
  'cluster.DecisionMade.v1': ({ decision }, { id, revision, at }) => {
    const { ns_id, cluster_id, rule, subject } = decision;
    const values = {
      event_id: id,
      rule_version: decision.rule_version,
      outcome: decision.outcome,
      reason: decision.reason,
      spec_revision: decision.spec_revision,
      document: decision,
      decided_at: at,
    };
    return [
      change(DECISION, { ns_id, cluster_id, rule, subject }, revision, values),
      change(DECISION_HISTORY, { ns_id, cluster_id, revision }, revision, { rule, subject, ...values }),
    ];
  },
  'cluster.DecisionFlapping.v1': (
    { ns_id, cluster_id, rule, subject, reasons, changes },
    { revision, at },
  ) => [
    change(DECISION_FLAPPING, { ns_id, cluster_id, rule, subject }, revision, {
      flapping: { reasons, changes },
      flapping_since: at,
    }),
  ],
};
