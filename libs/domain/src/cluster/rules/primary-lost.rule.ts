import type { Verdict } from '../verdict.js';
import type { NodeView, Rule, RuleView } from './view.js';
import { inService, stateFact, statusFact } from './view.js';

/** Whoever flaps is in service for nothing else, but a second primary must not hide behind that. */
const claims = (n: NodeView): boolean =>
  inService(n) || (n.flapping && n.age_ms !== null && n.quarantine === null);

const primaryOf = (n: NodeView): readonly string[] =>
  claims(n) ? n.shards.filter(s => s.role === 'Primary' && s.fresh).map(s => s.shard_id) : [];

function verdict(view: RuleView): Verdict {
  const holders = view.nodes.filter(n => primaryOf(n).length > 0);
  const facts = [
    stateFact('last_primary', view.state.lastPrimary),
    stateFact(
      'primaries',
      holders.map(n => n.id),
    ),
    ...view.nodes.map(statusFact),
  ];
  const hold = (reason: Verdict['reason'], message: string, note?: Verdict['note']): Verdict => ({
    subject: 'cluster',
    outcome: 'hold',
    reason,
    message,
    facts,
    ...(note ? { note } : {}),
  });

  if (!view.state.everMember || view.state.lastPrimary === null)
    return hold('NO_MEMBER_YET', 'No primary was ever seen');
  const shards = holders.flatMap(primaryOf);
  const doubled = shards.find((id, i) => shards.indexOf(id) !== i);
  if (doubled !== undefined)
    return hold(
      'TWO_PRIMARIES',
      `Two nodes claim to be primary of ${doubled}: ${holders.map(n => n.id).join(', ')}`,
      {
        category: 'Error',
        message: 'Two nodes claim to be primary of one shard',
      },
    );
  const present = holders.filter(inService).map(n => n.id);
  if (present.length > 0) return hold('PRIMARY_PRESENT', `Primary: ${present.join(', ')}`);
  return hold(
    'PRIMARY_LOST',
    `Last primary ${view.state.lastPrimary} is not in service; nothing is promoted, replaced or removed by itself`,
    { category: 'Error', message: 'The primary is lost' },
  );
}

/**
 * Shows a lost primary at once and does nothing about it: PostgreSQL does not fail over by itself, and an old primary
 * that restarts after a promotion would accept writes beside the new one (safety.md §6).
 */
export const primaryLost: Rule = {
  id: 'primary-lost',
  version: 1,
  purpose: 'Says whether a primary is in service; promotes nothing',
  decide: view => [verdict(view)],
};
