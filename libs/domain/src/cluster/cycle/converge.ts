import type { NodeView, RuleView } from '../rules/view.js';
import { CONVERGENCE_RULES } from '../rules/index.js';
import type { Verdict } from '../verdict.js';
import type { Cycle } from './cycle.js';

/** Facts older than so many intervals are missing facts (safety.md §11). */
const MAX_AGE_INTERVALS = 2;

const UNSEEN_STATUS = { UNKNOWN: 'NOT_POLLED_YET' } as const;

function nodeViews(cycle: Cycle): readonly NodeView[] {
  const { recorder, spec, observation } = cycle;
  const maxAgeMs = MAX_AGE_INTERVALS * spec.interval * 1000;
  return [...recorder.state.members].map(([id, member]): NodeView => {
    const record = recorder.state.nodes.get(id);
    const seen = cycle.seen.get(id);
    const polled =
      seen !== undefined && (seen.node.ok || seen.node.kind !== 'not_polled') && seen.age_ms <= maxAgeMs;
    return {
      id,
      member,
      node: record?.node ?? {
        ns_id: spec.ns_id,
        cluster_id: spec.cluster_id,
        node_id: id,
        details: null,
        node_status: UNSEEN_STATUS,
      },
      quarantine: record?.quarantine ?? null,
      flapping: record?.flapping ?? false,
      shards:
        (record?.flapping ? cycle.present.get(id)?.shards : null) ?? recorder.state.shards.get(id) ?? [],
      age_ms: polled && record ? seen.age_ms : null,
      observer: observation.observer,
    };
  });
}

export function ruleView(cycle: Cycle): RuleView {
  const { recorder } = cycle;
  return {
    spec: cycle.spec,
    now: recorder.now,
    nowMs: recorder.nowMs,
    state: recorder.state,
    nodes: nodeViews(cycle),
    openNodeActions: [...recorder.state.nodeActions.values()].map(open => open.action),
    openOrchestratorActions: [...recorder.state.orchestratorActions.values()],
    context: cycle.context,
  };
}

/** What the rule would do, and may not. The counterfactual is kept: it is what shadow mode is made of. */
function suppressed(cycle: Cycle, verdict: Verdict): Verdict {
  if (verdict.outcome !== 'act') return verdict;
  const reason =
    cycle.mode === 'observe'
      ? 'OBSERVE_MODE'
      : cycle.mode === 'delete'
        ? 'DELETE_MODE'
        : 'DECLARATION_INACTIVE';
  return {
    subject: verdict.subject,
    outcome: 'suppress',
    reason,
    message: `Would act: ${verdict.message}`,
    facts: verdict.facts,
    alternatives: [
      { option: verdict.message, reason: `suppressed by ${reason}` },
      ...(verdict.alternatives ?? []),
    ],
  };
}

/** Asks every rule; acts only in `sync` mode with an active declaration (domain-reference §9.6). */
export function converge(cycle: Cycle, view: RuleView): void {
  const mayAct = cycle.mode === 'sync' && cycle.spec.declaration.active;
  for (const rule of CONVERGENCE_RULES)
    for (const verdict of rule.decide(view)) {
      cycle.recorder.record(rule, mayAct ? verdict : suppressed(cycle, verdict));
      if (verdict.note && (mayAct || verdict.outcome !== 'act'))
        cycle.notes.push({
          category: verdict.note.category,
          message: verdict.note.message,
          data: { 'step-id': rule.id, message: verdict.message },
        });
    }
}
