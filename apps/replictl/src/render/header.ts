import { age, count, moment } from './age.js';
import type { Paint } from './paint.js';
import { plain } from './paint.js';
import type { HeaderView, ReadModelView } from './views.js';

/**
 * How every answer about a cluster begins (safety.md §12): last completed cycle and its age, lease holder, read-model
 * lag; and when no cycle completed within two intervals, that what follows is the past.
 */
export function header(view: HeaderView, readModel: ReadModelView, paint: Paint = plain): string {
  const name = paint('bold', `${view.nsId}/${view.clusterId}`);
  return [
    `${name}  ${verdict(view, paint)}`,
    `  ${evaluation(view, paint)}`,
    `  ${lag(readModel, paint)}`,
  ].join('\n');
}

/** The same on one line, for a list of clusters. */
export function headerLine(view: HeaderView, paint: Paint = plain): string {
  const late = view.active && exitOf(view) !== 0;
  const since = view.lastCycle === null ? '' : ` since ${moment(view.lastCycle.completedAt) ?? ''}`;
  const past = late ? `${paint('red', `NOT EVALUATED${since}`)}  ` : '';
  return `${paint('bold', `${view.nsId}/${view.clusterId}`)}  ${past}${evaluation(view, paint)}`;
}

function verdict(view: HeaderView, paint: Paint): string {
  const { converged, observedSpecRevision, waitsFor } = view.convergence;
  const mark = view.mark === 'DECLARED' ? '' : ` (${view.mark.toLowerCase()})`;
  if (!view.evaluated || view.lastCycle === null) {
    const since =
      view.lastCycle === null
        ? ': no cycle has completed'
        : ` since ${moment(view.lastCycle.completedAt) ?? ''} (${age(view.lastCycle.ageSeconds)})`;
    return paint('red', `NOT EVALUATED${since}`) + mark;
  }
  if (converged) return paint('green', `converged at spec revision ${observedSpecRevision ?? '?'}`) + mark;
  const what = waitsFor.length === 0 ? '' : `: waits for ${waitsFor.join('; ')}`;
  return paint('yellow', `not converged${what}`) + mark;
}

function evaluation(view: HeaderView, paint: Paint): string {
  const cycle = view.lastCycle;
  if (cycle === null)
    return paint('dim', view.active ? 'last cycle: none · lease: none seen' : 'inactive: no cycles run');
  const inactive = view.active ? '' : ' · inactive: no cycles run';
  return paint(
    'dim',
    `last cycle ${age(cycle.ageSeconds)} ago (${cycle.mode}, by ${cycle.observer}) · lease ${cycle.leaseHolder ?? 'unknown'}${inactive}`,
  );
}

export function lag(readModel: ReadModelView, paint: Paint): string {
  const behind = readModel.lag === null ? 'an unknown number of events' : count(readModel.lag, 'event');
  const state =
    readModel.state === 'running'
      ? ''
      : ` · ${readModel.state}${readModel.message === null ? '' : `: ${readModel.message}`}`;
  return paint(readModel.lag === 0 && state === '' ? 'dim' : 'yellow', `read model ${behind} behind${state}`);
}

/** The exit code of an answer about a cluster: 3 when it is about the past. */
export const exitOf = (view: Pick<HeaderView, 'evaluated' | 'lastCycle'>): 0 | 3 =>
  view.evaluated && view.lastCycle !== null ? 0 : 3;
