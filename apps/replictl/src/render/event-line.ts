import { moment } from './age.js';
import type { EventView } from './views.js';

const read = (from: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    from,
  );

const short = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const listed = (value: unknown): string =>
  Array.isArray(value) ? value.map(short).join('; ') : short(value);

/** `mode SYNC: what each note says`. */
function reportOf(report: unknown): string {
  const notes = read(report, 'notes');
  const messages = Array.isArray(notes) ? notes.map(note => read(note, 'message')) : [];
  const mode = `mode ${short(read(report, 'mode')).toUpperCase()}`;
  return messages.length === 0 ? mode : `${mode}: ${listed(messages)}`;
}

/** What an event is about, in a few words, from fields that most events have. */
function subject(data: unknown): string {
  const decision = read(data, 'decision');
  if (decision !== undefined)
    return `${short(read(decision, 'rule'))} on ${short(read(decision, 'subject'))}: ${short(read(decision, 'outcome'))} ${short(read(decision, 'reason'))}`;
  const action = read(data, 'action');
  if (action !== undefined) {
    const phase = read(action, 'state', 'phase') ?? read(action, 'state');
    const on = read(action, 'node_id');
    return `${short(read(action, 'kind'))}${on === undefined ? '' : ` on ${short(on)}`}: ${short(phase)}`;
  }
  const node = read(data, 'node');
  if (node !== undefined) return `${short(read(node, 'node_id'))}: ${short(read(node, 'node_status'))}`;
  const converged = read(data, 'converged');
  if (converged !== undefined)
    return converged === true
      ? `converged at spec revision ${short(read(data, 'spec_revision'))}`
      : `waits for ${listed(read(data, 'waits_for'))}`;
  const report = read(data, 'report');
  if (report !== undefined) return reportOf(report);
  const extras = read(data, 'extras');
  if (extras !== undefined)
    return `${short(read(extras, 'node_id'))}${read(extras, 'fresh') === false ? ' (last known)' : ''}`;
  return ['node_id', 'rule', 'attempt_id', 'outcome']
    .map(key => read(data, key))
    .filter(value => value !== undefined)
    .map(short)
    .join(' ');
}

/** One event on one line: time, revision, type, upstream's code, and what it is about. */
export function eventLine(event: EventView): string {
  const type = event.type.replace(/^[a-z]+\.(.*)\.v\d+$/, '$1');
  const code = event.code === null ? '' : ` [${event.code}]`;
  const about = subject(event.data).replace(/\s+/g, ' ');
  return `${moment(event.time) ?? ''}  #${event.revision}  ${type}${code}${about === '' ? '' : `  ${about}`}`;
}
