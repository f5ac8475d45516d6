import { PLATFORM_PROVISION } from '../../model/action.js';
import type { NodeGroup } from '../../model/cluster-spec.js';
import type { Fact } from '../../model/decision.js';
import type { Verdict } from '../verdict.js';
import type { Rule, RuleView } from './view.js';
import { createOrchestratorAction, graceLeft, restraint, specFact, stateFact } from './view.js';

const RULE = 'node-scale-up';
const subjectOf = (group: string): string => `group:${group}`;

interface GroupView {
  readonly id: string;
  readonly group: NodeGroup;
  /** By discovery, not by health; a node missing from the platform's answer still exists (safety.md §4). */
  readonly present: readonly string[];
  readonly facts: readonly Fact[];
}

const groupsOf = (view: RuleView, nodes: Readonly<Record<string, NodeGroup>>): readonly GroupView[] =>
  Object.entries(nodes)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([id, group]) => {
      const present = view.nodes.filter(n => n.member.discovered.node_group === id).map(n => n.id);
      const facts = [
        specFact(`group:${id}.desired_count`, group.desired_count),
        stateFact(`group:${id}.nodes`, present),
      ];
      return { id, group, present, facts };
    });

/** Why the first group that is short of nodes must wait; `null` when it need not. */
function obstacle(view: RuleView, group: GroupView): Omit<Verdict, 'subject' | 'facts'> | null {
  const { declaration } = view.spec;
  // "Not asked yet" is not "shows nothing" (safety.md §11): its nodes may all be there already.
  if (view.state.discovery === null)
    return {
      outcome: 'hold',
      reason: 'NOT_DISCOVERED',
      message: 'The platform has not said yet which nodes of this cluster exist',
    };
  const open = view.openOrchestratorActions.filter(a => a.kind === PLATFORM_PROVISION);
  if (open.length > 0)
    return {
      outcome: 'hold',
      reason: 'ACTION_UNFINISHED',
      message: `A provisioning of this cluster has not finished`,
      waitsOn: open.map(a => a.action_id),
    };
  const unknown = [...view.state.provisions.values()].filter(
    p => p.node_group_id === group.id && ['unknown', 'open', 'accepted'].includes(p.outcome),
  );
  if (unknown.length > 0)
    return {
      outcome: 'hold',
      reason: 'PROVISION_OUTCOME_UNKNOWN',
      message: `An earlier call may have made a node of group ${group.id} that was not seen yet`,
      waitsOn: unknown.map(p => p.attempt_id),
    };
  const held = restraint(view, RULE, subjectOf(group.id));
  if (held)
    return {
      outcome: 'hold',
      reason: held.reason,
      message: `Provisioning for group ${group.id} ${held.why}; change the spec or retry the rule`,
    };
  const left = graceLeft(view, RULE, declaration.graces.scale_up, declaration.timings_seconds.scale_up);
  if (left > 0)
    return {
      outcome: 'hold',
      reason: 'IN_GRACE',
      message: 'Provisioned lately; the cluster gets time before the next node',
    };
  return null;
}

function scaleUp(view: RuleView, group: GroupView): Verdict {
  const subject = subjectOf(group.id);
  const stableAfter = view.spec.declaration.timings_seconds.stable_after;
  const { event, action } = createOrchestratorAction(view, {
    rule: RULE,
    subject,
    kind: PLATFORM_PROVISION,
    args: {
      request: { count: 1, node_group_id: group.id },
      ...(stableAfter === null ? {} : { stable_after: stableAfter }),
    },
  });
  return {
    subject,
    outcome: 'act',
    reason: 'ACTION_CREATED',
    message: `Group ${group.id} has ${group.present.length} of ${group.group.desired_count} nodes: provisions one more`,
    facts: group.facts,
    waitsOn: [action.action_id],
    events: [event],
    note: { category: 'Decision', message: 'Cluster scale-up action scheduled' },
  };
}

/**
 * Provisions one node at a time for the first group (by id) that has fewer nodes than declared
 * (domain-reference §9.7). Nodes above the desired count are left alone.
 */
export const nodeScaleUp: Rule = {
  id: RULE,
  version: 2,
  purpose: 'Provisions nodes until each group has its desired count, one at a time',
  decide: view => {
    const { definition } = view.spec.declaration;
    if (!definition)
      return [
        {
          subject: 'cluster',
          outcome: 'hold',
          reason: 'NO_DEFINITION',
          message: 'The spec has no definition',
          facts: [specFact('declaration.definition', null)],
        },
      ];
    const groups = groupsOf(view, definition.nodes);
    const first = groups.find(g => g.present.length < g.group.desired_count);
    return groups.map((group): Verdict => {
      const { id, facts, present } = group;
      const base = { subject: subjectOf(id), facts };
      if (present.length > group.group.desired_count)
        return {
          ...base,
          outcome: 'hold',
          reason: 'ABOVE_DESIRED_COUNT',
          message: `Group ${id} has ${present.length} of ${group.group.desired_count} nodes: none is removed by itself`,
        };
      if (present.length === group.group.desired_count)
        return {
          ...base,
          outcome: 'hold',
          reason: 'AT_DESIRED_COUNT',
          message: `Group ${id} has ${present.length} of ${group.group.desired_count} nodes`,
        };
      if (group !== first)
        return {
          ...base,
          outcome: 'hold',
          reason: 'OTHER_GROUP_FIRST',
          message: `Group ${first?.id ?? ''} is short of nodes and comes first`,
        };
      const why = obstacle(view, group);
      return why ? { ...base, ...why } : scaleUp(view, group);
    });
  },
};
