import type { Command } from 'commander';
import { HandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { DOCUMENTS } from '../queries.js';
import { explain } from '../render/explain.js';
import type { Cause, FactNow } from '../render/explain.js';
import { exitOf } from '../render/header.js';
import type { ActionLine, DecisionView, EventView, HeaderView, ReadModelView } from '../render/views.js';
import type { Bind, Hand, Name } from './hand.js';
import { named, optionText } from './hand.js';
import type { Page } from './pages.js';
import { allPages } from './pages.js';

interface NodeNow {
  readonly nodeId: string;
  readonly status: string;
  readonly unknownStatus: string | null;
  readonly ageSeconds: number | null;
}
interface Answer {
  readonly cluster:
    | (HeaderView & {
        readonly nodes: { readonly nodes: readonly NodeNow[] };
        readonly actions: { readonly nodes: readonly ActionLine[] };
      })
    | null;
  readonly page: Page<DecisionView>;
  readonly status: { readonly readModel: ReadModelView };
}

const HISTORY = 100;

export function registerExplain(group: Command, bind: Bind): void {
  const command = group
    .command('explain <NAME>')
    .description('which rule decided what, on which facts, and why; exit code 3 when it is not evaluated')
    .option('--rule <RULE>', 'only this rule')
    .option('--subject <SUBJECT>', 'only this subject: cluster, group:<id>, node:<id>, action:<id>')
    .option('-v, --verbose', 'facts and alternatives of settled decisions too')
    .option('--all', `also settled actions, and decisions replaced since (the newest ${HISTORY})`);
  bind(command, async hand => {
    const name = named(hand);
    const all = hand.options['all'] === true;
    const { cluster, decisions, readModel } = await ask(hand, name, all);
    const full =
      all ||
      hand.options['verbose'] === true ||
      optionText(hand, 'rule') !== undefined ||
      optionText(hand, 'subject') !== undefined;
    const nothing = decisions.length === 0 ? await whyNothing(hand, name) : undefined;
    // Two questions for each cause: not asked for people who are not shown it.
    const causes = await causesOf(
      hand,
      hand.format === 'table' && !full ? decisions.filter(d => !d.settled) : decisions,
    );
    const factsNow = cluster.evaluated ? nodesNow(cluster.nodes.nodes) : new Map<string, FactNow>();
    const value = {
      cluster,
      readModel,
      decisions: decisions.map(d => ({ ...d, cause: causes.get(d.id)?.text ?? null })),
      ...(nothing === undefined ? {} : { rulesThatDecided: nothing.rules }),
    };
    const unfinished = cluster.actions.nodes;
    const why = nothing === undefined ? {} : { nothing: nothing.text };
    say(hand.io, hand.format, value, () =>
      explain({ cluster, readModel, decisions, causes, factsNow, unfinished, full, ...why }, hand.paint),
    );
    return exitOf(cluster);
  });
}

async function ask(hand: Hand, { ns, name }: Name, all: boolean) {
  const rule = optionText(hand, 'rule');
  const subject = optionText(hand, 'subject');
  const filter = { ...(rule === undefined ? {} : { rule }), ...(subject === undefined ? {} : { subject }) };
  const decisions: DecisionView[] = [];
  for (let after: string | null = null; ;) {
    const answer: Answer = all
      ? await hand.query.query(DOCUMENTS.explainHistory, { ns, name, filter, first: HISTORY })
      : await hand.query.query(DOCUMENTS.explain, { ns, name, filter, after });
    const { cluster, page, status } = answer;
    if (cluster === null) throw new HandError('CLUSTER_NOT_FOUND', `no cluster ${ns}/${name}`);
    decisions.push(...page.nodes);
    if (all || !page.pageInfo.hasNextPage || page.pageInfo.endCursor === null) {
      // Settled actions pile up for ever and explain nothing of now; asked for by name they are shown.
      const shown =
        all || subject !== undefined
          ? decisions
          : decisions.filter(d => !d.settled || !d.subject.startsWith('action:'));
      return { cluster, decisions: shown.sort(openFirst), readModel: status.readModel };
    }
    after = page.pageInfo.endCursor;
  }
}

/** A misspelt rule or subject looks like one that never decided: said with what did. */
async function whyNothing(
  hand: Hand,
  { ns, name }: Name,
): Promise<{ readonly text: string; readonly rules: readonly string[] }> {
  const latest = await allPages<Pick<DecisionView, 'rule' | 'subject'>>(hand, 'decidedRules', { ns, name });
  const rules = [...new Set(latest.map(d => d.rule))].sort();
  const [rule, subject] = [optionText(hand, 'rule'), optionText(hand, 'subject')];
  const asked = `${rule === undefined ? '' : ` of rule ${rule}`}${subject === undefined ? '' : ` on ${subject}`}`;
  const matches = latest.some(d => d.rule === (rule ?? d.rule) && d.subject === (subject ?? d.subject));
  const text = matches
    ? `no decision${asked} is open: only actions that are settled; --all shows them`
    : `no decision${asked} is recorded${rules.length === 0 ? '' : `; rules that have decided: ${rules.join(', ')}`}`;
  return { text, rules };
}

/** What still waits first, then the newest. */
const openFirst = (a: DecisionView, b: DecisionView): number =>
  Number(b.latest) - Number(a.latest) || Number(a.settled) - Number(b.settled) || b.revision - a.revision;

async function causesOf(hand: Hand, decisions: readonly DecisionView[]): Promise<ReadonlyMap<string, Cause>> {
  const event = async (id: string): Promise<EventView | null> =>
    (await hand.query.query<{ event: EventView | null }>(DOCUMENTS.event, { id })).event;
  const found = new Map<string, Cause>();
  for (const decision of decisions) {
    const own = await event(decision.id);
    if (own === null) continue;
    const by = own.causationId === null ? null : await event(own.causationId);
    const cycle = decision.cycleId === null ? '' : `, cycle ${decision.cycleId}`;
    found.set(decision.id, {
      text:
        by === null
          ? `command ${own.commandId}${cycle} (correlation ${own.correlationId})`
          : `${by.type} (revision ${by.revision}, ${by.id})${cycle}`,
    });
  }
  return found;
}

const nodesNow = (nodes: readonly NodeNow[]): ReadonlyMap<string, FactNow> =>
  new Map(
    nodes.map(n => [
      `node:${n.nodeId}.status`,
      { value: n.status === 'UNKNOWN' ? { UNKNOWN: n.unknownStatus } : n.status, ageSeconds: n.ageSeconds },
    ]),
  );
