import { decimalPosition, EventStoreError } from '@replicante/event-store';
import type { AppendResult, CheckedAppend } from '@replicante/event-store';
import type { QueryArrayConfig } from 'pg';

const TEXT = `select outcomes, revisions, positions
  from event_store.append_group($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** The group as parameters of `event_store.append_group`; schema.ts says what they mean. */
export function appendStatement(group: readonly CheckedAppend[]): QueryArrayConfig {
  const streamIndex = new Map<string, number>();
  const streamOf: number[] = [];
  const ids: string[] = [];
  const eventStreams: string[] = [];
  const types: string[] = [];
  const data: string[] = [];
  const metadata: string[] = [];
  for (const append of group) {
    let index = streamIndex.get(append.streamId);
    if (index === undefined) streamIndex.set(append.streamId, (index = streamIndex.size + 1));
    streamOf.push(index);
    for (const event of append.events) {
      ids.push(event.id);
      eventStreams.push(append.streamId);
      types.push(event.type);
      data.push(event.data);
      metadata.push(event.metadata);
    }
  }
  const expected = group.map(append => append.expected);
  const counts = group.map(append => append.events.length);
  const values = [
    [...streamIndex.keys()],
    streamOf,
    expected,
    counts,
    ids,
    eventStreams,
    types,
    data,
    metadata,
  ];
  return { name: 'event_store_append', text: TEXT, values, rowMode: 'array' };
}

export type AppendAnswerRow = [outcomes: string, revisions: string, positions: string];

/** One answer per append of the group, in its order. A conflict is a value here: it fails its own caller alone. */
export function appendAnswers(
  group: readonly CheckedAppend[],
  row: AppendAnswerRow | undefined,
): readonly (AppendResult | EventStoreError)[] {
  const [outcomes, revisions, positions] = (row ?? ['', '', '']).map(list => list.split(','));
  return group.map((append, index) => {
    const outcome = outcomes?.[index];
    const revision = Number(revisions?.[index]);
    const position = positions?.[index];
    if (position !== undefined && (outcome === '0' || outcome === '1'))
      return { revision, position: decimalPosition(position) };
    if (outcome === '2') return conflict(append, revision);
    return new EventStoreError('OUTCOME_UNKNOWN', 'the server answered fewer appends than it was asked');
  });
}

function conflict(append: CheckedAppend, actualRevision: number): EventStoreError {
  const actual = actualRevision < 0 ? 'no_stream' : actualRevision;
  const expected = append.expected < 0 ? 'no_stream' : append.expected;
  const why = actual === expected ? 'which holds these event ids already' : `where ${expected} was expected`;
  return new EventStoreError('WRONG_EXPECTED_REVISION', `${append.streamId} is at ${actual}, ${why}`, {
    actual,
  });
}
