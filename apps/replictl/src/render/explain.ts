import { actionText, approval } from './action-line.js';
import { age, count, moment } from './age.js';
import { header } from './header.js';
import type { Paint } from './paint.js';
import { plain } from './paint.js';
import type { ActionLine, DecisionView, HeaderView, ReadModelView } from './views.js';

/** What a decision's event was caused by. */
export interface Cause {
  readonly text: string;
}
/** A fact as it is now, where it can be looked up. */
export interface FactNow {
  readonly value: unknown;
  readonly ageSeconds: number | null;
}

export interface Explanation {
  readonly cluster: HeaderView;
  readonly readModel: ReadModelView;
  readonly decisions: readonly DecisionView[];
  /** By decision id. */
  readonly causes: ReadonlyMap<string, Cause>;
  /** By fact name; empty when the cluster is not evaluated: there is no "now" then. */
  readonly factsNow: ReadonlyMap<string, FactNow>;
  /** What decisions may wait on. */
  readonly unfinished: readonly ActionLine[];
  /** Say everything of settled decisions too; otherwise each has a line, and a healthy cluster fits a screen. */
  readonly full: boolean;
  /** Instead of decisions, when there are none: why. */
  readonly nothing?: string;
}

/** Which rule decided what, on which facts of which age, caused by what, causing what (safety.md §12). */
export function explain(explanation: Explanation, paint: Paint = plain): string {
  const { cluster, readModel, decisions } = explanation;
  const none = decisions.length === 0 ? ['', explanation.nothing ?? 'no decision recorded'] : [];
  const brief = explanation.full ? [] : decisions.filter(isQuiet);
  return [
    header(cluster, readModel, paint),
    ...none,
    ...decisions.filter(d => !brief.includes(d)).flatMap(d => ['', ...decision(d, explanation, paint)]),
    ...(brief.length === 0 ? [] : ['', ...brief.map(d => line(d, paint)), SAY_MORE]),
  ].join('\n');
}

const SAY_MORE = '(settled; -v shows facts and alternatives, --rule <RULE> those of one rule)';

/** Nothing left to do, nothing odd: its facts are for who asks. */
const isQuiet = (d: DecisionView): boolean => d.settled && d.latest && d.flapping === null;

function line(d: DecisionView, paint: Paint): string {
  const again =
    d.lastEvaluatedAgeSeconds === null ? 'not re-evaluated since' : `${age(d.lastEvaluatedAgeSeconds)} ago`;
  return `${paint('bold', d.rule)} on ${d.subject}: ${paint('green', `${d.outcome} ${d.reason}`)} (${again})  ${d.message}`;
}

function decision(d: DecisionView, explanation: Explanation, paint: Paint): readonly string[] {
  const colour = d.settled ? 'green' : d.outcome === 'act' ? 'yellow' : 'red';
  const list = (title: string, entries: readonly string[]): readonly string[] =>
    entries.length === 0 ? [] : [`  ${title}`, ...entries.map(entry => `    ${entry}`)];
  return [
    `${paint('bold', d.rule)} v${d.ruleVersion} on ${d.subject}: ${paint(colour, `${d.outcome} ${d.reason}`)}${d.settled ? ' (settled)' : ''}${d.latest ? '' : ' (replaced since)'}`,
    `  ${d.message}`,
    ...list(
      `decided at ${moment(d.decidedAt) ?? ''} (revision ${d.revision}, spec revision ${d.specRevision}), on facts then:`,
      d.facts.map(fact => {
        const old = fact.ageMsThen === null ? '' : `, ${age(fact.ageMsThen / 1000)} old then`;
        return `${fact.name} = ${JSON.stringify(fact.value)}  (${fact.observer}${old})`;
      }),
    ),
    ...(d.facts.length === 0 ? [`  decided at ${moment(d.decidedAt) ?? ''} (revision ${d.revision})`] : []),
    ...reevaluated(d, explanation),
    ...flapping(d),
    ...list(
      'not chosen:',
      d.alternatives.map(a => `${a.option}: ${a.reason}`),
    ),
    ...list(
      'waits on:',
      d.waitsOn.flatMap(id => waitedOn(id, explanation)),
    ),
    ...(explanation.full || !d.settled ? [`  caused by ${cause(d, explanation)}`] : []),
    ...list(
      `caused ${count(d.causedEvents.length, 'event')}:`,
      d.causedEvents.map(e => `${e.type} (revision ${e.revision}, ${e.id})`),
    ).filter(() => d.causedEvents.length > 0),
  ];
}

const cause = (d: DecisionView, { causes }: Explanation): string =>
  causes.get(d.id)?.text ?? (d.cycleId === null ? 'nothing recorded' : `cycle ${d.cycleId}`);

/** An id of something else, or of what has ended since, stays bare. */
function waitedOn(id: string, { cluster, unfinished }: Explanation): readonly string[] {
  const action = unfinished.find(a => a.actionId === id);
  if (action === undefined) return [id];
  return [`${id}  ${actionText(action)}`, ...approval(action, cluster).map(command => `  ${command}`)];
}

function flapping({ flapping: found }: DecisionView): readonly string[] {
  if (found === null) return [];
  const since = moment(found.since) ?? '';
  return [
    `  reasons alternate since ${since}: ${found.reasons.join(', ')} (${count(found.changes, 'change')})`,
  ];
}

function reevaluated(d: DecisionView, { factsNow }: Explanation): readonly string[] {
  if (d.lastEvaluatedAt === null || d.lastEvaluatedAgeSeconds === null)
    return d.latest ? ['  not re-evaluated since'] : [];
  const changed = d.facts.flatMap(fact => {
    const now = factsNow.get(fact.name);
    if (now === undefined) return [];
    const old = now.ageSeconds === null ? '' : `  (${age(now.ageSeconds)} old)`;
    return [`    ${fact.name} = ${JSON.stringify(now.value)}${old}`];
  });
  const since = `  last re-evaluated at ${moment(d.lastEvaluatedAt) ?? ''} (${age(d.lastEvaluatedAgeSeconds)} ago): the same decision`;
  return changed.length === 0 ? [since] : [`${since}; facts now:`, ...changed];
}
