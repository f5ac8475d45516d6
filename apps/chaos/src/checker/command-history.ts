import type { CallOutcome, CommandCall } from '../clients/command-client.js';
import type { StoredEvent } from '../evidence/evidence.js';
import { type Proof, groupBy } from './proof.js';

type Ok = Extract<CallOutcome, { kind: 'ok' }>;

/** ok ⇒ its events exactly once and the position answered holds them; fail ⇒ none; unknown ⇒ none or one set. */
export const commandHistory: Proof = {
  number: '1',
  title: 'every command did what its client was told, once',
  violations: ({ calls, events }) => {
    const appended = groupBy(events, e => e.commandId);
    const found: string[] = [];
    for (const [id, mine] of groupBy(calls, c => c.commandId)) {
      const set = appended.get(id) ?? [];
      const say = (what: string): void => void found.push(`command ${id} (${mine[0]?.method}): ${what}`);
      if (set.length > 0 && !oneAppend(set)) say(`its ${set.length} events are not one append`);
      for (const payload of groupBy(mine, c => c.payload).values()) judge(payload, set, say);
      onePayload(mine, say);
      if (set.length > 0 && mine.every(c => c.outcome.kind === 'fail'))
        say(`was refused each time, and has ${set.length} events`);
      if (set.length > 0 && mine.every(c => c.outcome.kind === 'ok' && !c.outcome.changed))
        say('was answered as changing nothing, and has events');
    }
    return [...found, ...repeatedIds(events)];
  },
};

/** All calls with one id and one payload, against all events of that id. */
function judge(same: readonly CommandCall[], set: readonly StoredEvent[], say: (what: string) => void): void {
  const answers = same.flatMap(c => (c.outcome.kind === 'ok' ? [c.outcome] : []));
  const changed = answers.filter(a => a.changed);
  if (changed.length > 0 && set.length === 0) say('was answered as recorded, and has no event');
  for (const answer of changed) position(answer, set, say);
  // Commands that were appended together were answered where their append ended, a repeat is where its own events lie.
  if (new Set(changed.map(a => `${a.revision} ${a.actionId}`)).size > 1)
    say('its repeats were answered differently');
}

function position(answer: Ok, set: readonly StoredEvent[], say: (what: string) => void): void {
  const last = set.at(-1);
  if (!last) return;
  if (logPosition(answer.position) < last.position)
    say(`was answered position ${answer.position}, its last event is at ${last.position}`);
  if (answer.revision !== last.revision)
    say(`was answered revision ${answer.revision}, its last event has ${last.revision}`);
}

/** A number; of EventStoreDB `<commit>.<prepare>`, the same number twice. */
const logPosition = (answered: string): bigint => BigInt(answered.split('.', 1)[0] ?? '');

/** At most one payload of an id may have been recorded. */
function onePayload(mine: readonly CommandCall[], say: (what: string) => void): void {
  const recorded = new Set(
    mine.filter(c => c.outcome.kind === 'ok' && c.outcome.changed).map(c => c.payload),
  );
  if (recorded.size > 1) say('two payloads were accepted under one id');
}

function oneAppend(set: readonly StoredEvent[]): boolean {
  const [first] = set;
  return set.every((e, i) => e.streamId === first?.streamId && e.revision === first.revision + i);
}

/** An event occurs once, whatever was retried; a stream has no hole. */
function repeatedIds(events: readonly StoredEvent[]): readonly string[] {
  const found = [...groupBy(events, e => e.id)].filter(([, same]) => same.length > 1);
  const holes = [...groupBy(events, e => e.streamId)].filter(([, stream]) =>
    stream.some((e, i) => e.revision !== i),
  );
  return [
    ...found.map(([id, same]) => `event ${id} was recorded ${same.length} times`),
    ...holes.map(([stream]) => `stream ${stream} has a hole in its revisions`),
  ];
}
