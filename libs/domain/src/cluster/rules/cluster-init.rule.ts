import { AGENT_CLUSTER_INIT } from '../../model/action.js';
import type { NodeSearch } from '../../model/node-search.js';
import { selectNodes } from '../../model/select-nodes.js';
import type { Verdict } from '../verdict.js';
import type { Rule, RuleView } from './view.js';
import { createNodeAction, graceLeft, restraint, specFact, stateFact, statusFact } from './view.js';

const RULE = 'cluster-init';
const SUBJECT = 'cluster';

const DEFAULT_SEARCH: NodeSearch = {
  matches: { node_status: 'NOT_IN_CLUSTER' },
  max_results: null,
  sort_by: ['node_id'],
};

function verdict(view: RuleView): Verdict {
  const { declaration } = view.spec;
  const { state, nodes } = view;
  const facts = [
    specFact('initialise.mode', declaration.initialise.mode),
    stateFact('init_action', state.initAction),
    ...nodes.map(statusFact),
  ];
  const hold = (reason: Verdict['reason'], message: string, waitsOn: readonly string[] = []): Verdict => ({
    subject: SUBJECT,
    outcome: 'hold',
    reason,
    message,
    facts,
    waitsOn,
  });

  if (declaration.initialise.mode === 'Auto') return hold('MODE_AUTO', 'initialise.mode is Auto');
  // safety.md §5: an unmounted volume looks like a fresh node. What was once a cluster is never initialised again.
  if (state.everMember) return hold('ALREADY_INITIALISED', 'The cluster has, or had, members');
  const open = view.openNodeActions.filter(a => a.kind === AGENT_CLUSTER_INIT);
  if (open.length > 0)
    return hold(
      'ACTION_UNFINISHED',
      'An initialisation has not finished',
      open.map(a => a.action_id),
    );
  if (state.initAction !== null)
    return hold('INIT_DISPATCHED_BEFORE', 'An initialisation was sent before and no member came of it', [
      state.initAction,
    ]);
  const held = restraint(view, RULE, SUBJECT);
  if (held) return hold(held.reason, `Initialisation ${held.why}; change the spec or retry the rule`);
  if (graceLeft(view, RULE, declaration.graces.init, declaration.timings_seconds.init) > 0)
    return hold('IN_GRACE', 'Initialised lately; the cluster gets time');
  if (nodes.length === 0) return hold('NO_NODES', 'Discovery shows no node to initialise');
  const unsure = nodes.filter(n => n.age_ms === null);
  if (unsure.length > 0)
    return hold('FACTS_MISSING', `Not polled in this cycle: ${unsure.map(n => n.id).join(', ')}`);
  const others = nodes.filter(n => n.node.node_status !== 'NOT_IN_CLUSTER' || n.quarantine !== null);
  if (others.length > 0)
    return hold('NODES_NOT_READY', `Not NOT_IN_CLUSTER: ${others.map(n => n.id).join(', ')}`);

  const found = selectNodes(declaration.initialise.search ?? DEFAULT_SEARCH, nodes);
  const target = found[0];
  if (!target)
    return {
      subject: SUBJECT,
      outcome: 'reject',
      reason: 'NO_INIT_TARGET',
      message: 'initialise.search matches no node',
      facts,
      note: { category: 'Error', message: 'Cluster convergence step failed' },
    };
  const { event, action } = createNodeAction(view, {
    rule: RULE,
    subject: SUBJECT,
    nodeId: target.id,
    kind: AGENT_CLUSTER_INIT,
    args: declaration.initialise.action_args,
  });
  return {
    subject: SUBJECT,
    outcome: 'act',
    reason: 'ACTION_CREATED',
    message: `Every node is outside of a cluster: initialises it on ${target.id}`,
    facts,
    alternatives: nodes
      .filter(n => n.id !== target.id)
      .map(n => ({
        option: `initialise on ${n.id}`,
        reason: found.includes(n) ? 'sorts after the target' : 'initialise.search does not match it',
      })),
    waitsOn: [action.action_id],
    events: [event],
    note: { category: 'Decision', message: 'Scheduled cluster initialisation on node' },
  };
}

/** Initialises a cluster once, on one node, when every node is outside of any cluster (domain-reference §9.7). */
export const clusterInit: Rule = {
  id: RULE,
  version: 1,
  purpose: 'Initialises the cluster on one node, once in its life',
  decide: view => [verdict(view)],
};
