import { AGENT_CLUSTER_ADD, AGENT_CLUSTER_JOIN } from '../../model/action.js';
import type { Alternative } from '../../model/decision.js';
import type { NodeSearch } from '../../model/node-search.js';
import { selectNodes } from '../../model/select-nodes.js';
import type { Verdict } from '../verdict.js';
import type { NodeView, Rule, RuleView } from './view.js';
import {
  createNodeAction,
  graceLeft,
  inService,
  restraint,
  specFact,
  stateFact,
  statusFact,
} from './view.js';

const RULE = 'cluster-expand';
const SUBJECT = 'cluster';

/** The healthy member with the most primaries (domain-reference §9.7). */
const DEFAULT_TARGET: NodeSearch = {
  matches: {
    node_status: 'HEALTHY',
    'address.member': { op: 'Set' },
    'shard.count.primary': { op: 'Ne', value: 0 },
  },
  max_results: null,
  sort_by: ['-shard.count.primary', 'node_id'],
};

const subjectOf = (candidate: NodeView): string => `node:${candidate.id}`;

/** Candidates by node id, and why each one that is passed over is. */
function pickCandidate(view: RuleView, outside: readonly NodeView[]) {
  const passed: Alternative[] = [];
  let restrained: ReturnType<typeof restraint> = null;
  for (const candidate of [...outside].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const option = `add ${candidate.id}`;
    if (candidate.quarantine !== null)
      passed.push({ option, reason: `quarantined: ${candidate.quarantine}` });
    else if (candidate.member.absent) passed.push({ option, reason: 'missing from the platform' });
    else {
      const held = restraint(view, RULE, subjectOf(candidate));
      if (!held) return { candidate, passed, held: null };
      passed.push({ option, reason: held.why });
      restrained ??= held;
    }
  }
  return { candidate: undefined, passed, held: restrained };
}

function verdict(view: RuleView): Verdict {
  const { declaration } = view.spec;
  const { mode } = declaration.expand;
  const facts = [
    specFact('expand.mode', mode),
    stateFact('last_primary', view.state.lastPrimary),
    ...view.nodes.map(statusFact),
  ];
  const hold = (reason: Verdict['reason'], message: string, more: Partial<Verdict> = {}): Verdict => ({
    subject: SUBJECT,
    outcome: 'hold',
    reason,
    message,
    facts,
    ...more,
  });

  if (mode === 'Auto') return hold('MODE_AUTO', 'expand.mode is Auto');
  const open = view.openNodeActions.filter(
    a => a.kind === AGENT_CLUSTER_ADD || a.kind === AGENT_CLUSTER_JOIN,
  );
  if (open.length > 0)
    return hold('ACTION_UNFINISHED', 'A node is being added; one at a time', {
      waitsOn: open.map(a => a.action_id),
    });
  const outside = view.nodes.filter(n => n.age_ms !== null && n.node.node_status === 'NOT_IN_CLUSTER');
  if (outside.length === 0) return hold('NO_NODE_TO_ADD', 'No node is outside of the cluster');
  if (graceLeft(view, RULE, declaration.graces.expand, declaration.timings_seconds.expand) > 0)
    return hold('IN_GRACE', 'Expanded lately; the cluster gets time');

  const { candidate, passed, held } = pickCandidate(view, outside);
  if (!candidate)
    return hold(
      held?.reason ?? 'FACTS_MISSING',
      'No node that could be added is left; change the spec or retry the rule',
      {
        alternatives: passed,
      },
    );
  const members = view.nodes.filter(inService);
  const noTarget = (reason: Verdict['reason'], message: string): Verdict =>
    hold(reason, message, {
      alternatives: passed,
      note: { category: 'Decision', message: 'Not expanding cluster: could not find a healthy member' },
    });
  // Before any search: what a search finds while the primary is lost may be no part of what comes after it.
  const primary = members.some(n => n.shards.some(s => s.role === 'Primary' && s.fresh));
  if (view.state.lastPrimary !== null && !primary)
    return noTarget('NO_PRIMARY', 'No member in service holds a primary: nothing can be joined to it');
  const target = selectNodes(declaration.expand.target_member ?? DEFAULT_TARGET, members)[0];
  if (!target) return noTarget('NO_TARGET_MEMBER', 'No healthy member was found to add to or to join');

  const [on, peer] = mode === 'Add' ? [target, candidate] : [candidate, target];
  const address = peer.node.details?.address.member ?? null;
  if (address === null)
    return {
      ...hold('TARGET_ADDRESS_MISSING', `${peer.id} reports no member address`),
      outcome: 'reject',
      note: { category: 'Error', message: 'Cluster convergence step failed' },
    };
  const { event, action } = createNodeAction(view, {
    rule: RULE,
    subject: subjectOf(candidate),
    nodeId: on.id,
    kind: mode === 'Add' ? AGENT_CLUSTER_ADD : AGENT_CLUSTER_JOIN,
    args: { node: address },
  });
  return {
    subject: SUBJECT,
    outcome: 'act',
    reason: 'ACTION_CREATED',
    message:
      mode === 'Add'
        ? `Adds ${candidate.id} by way of ${target.id}`
        : `${candidate.id} joins through ${target.id}`,
    facts,
    alternatives: passed,
    waitsOn: [action.action_id],
    events: [event],
    note: { category: 'Decision', message: 'Scheduled cluster expand action on node' },
  };
}

/** Brings nodes that are outside of the cluster into it, one at a time (domain-reference §9.7). */
export const clusterExpand: Rule = {
  id: RULE,
  version: 1,
  purpose: 'Joins or adds nodes that are outside of the cluster, one at a time',
  decide: view => [verdict(view)],
};
