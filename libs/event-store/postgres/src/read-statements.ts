import { decimalPosition } from '@replicante/event-store';
import type { Position, StoredEvent } from '@replicante/event-store';
import type { Json } from '@replicante/kernel';
import type { EventMetadata } from '@replicante/kernel';
import type { QueryArrayConfig } from 'pg';
import type { TailRead } from './tail-reader.js';

const COLUMNS = 'e.position, e.stream_id, e.revision, e.event_id, e.type, e.data, e.metadata';

/** bigint columns arrive as text, json columns parsed. */
export type EventRow = [
  position: string,
  streamId: string,
  revision: string,
  id: string,
  type: string,
  data: Json,
  metadata: EventMetadata,
];

export const storedEvent = (row: EventRow): StoredEvent => ({
  position: decimalPosition(row[0]),
  streamId: row[1],
  revision: Number(row[2]),
  id: row[3],
  type: row[4],
  data: row[5],
  metadata: row[6],
});

const statement = (name: string, text: string, values: unknown[]): QueryArrayConfig => ({
  name: `event_store_${name}`,
  text,
  values,
  rowMode: 'array',
});

export const readForwards = (streamId: string, from: number, limit: number): QueryArrayConfig =>
  statement(
    'read_forwards',
    `select ${COLUMNS} from event_store.events e
     where e.stream_id = $1 and e.revision >= $2 order by e.revision limit $3`,
    [streamId, from, limit],
  );

/** Events of one stream that a read of many takes at most: the rest is read by itself. */
export const TAIL_PAGE = 100;

/** First pages of many streams; `lateral` with `limit` keeps the plan on the index of (stream_id, revision). */
export const readTails = (reads: readonly TailRead[]): QueryArrayConfig =>
  statement(
    'read_tails',
    `select w.n, ${COLUMNS}
     from unnest($1::text[], $2::bigint[]) with ordinality w(id, from_revision, n)
     cross join lateral (
       select * from event_store.events t
       where t.stream_id = w.id collate "C" and t.revision >= w.from_revision order by t.revision limit $3) e
     order by w.n, e.revision`,
    [reads.map(read => read.streamId), reads.map(read => read.from), TAIL_PAGE],
  );

export const readBackwards = (streamId: string, from: number, limit: number): QueryArrayConfig =>
  statement(
    'read_backwards',
    `select ${COLUMNS} from event_store.events e
     where e.stream_id = $1 and e.revision <= $2 order by e.revision desc limit $3`,
    [streamId, from, limit],
  );

export const newestRevision = (streamId: string): QueryArrayConfig =>
  statement(
    'newest_revision',
    'select e.revision from event_store.events e where e.stream_id = $1 order by e.revision desc limit 1',
    [streamId],
  );

export const storeHead = (): QueryArrayConfig => statement('head', 'select head from event_store.log', []);

export const identity = (): QueryArrayConfig =>
  statement('identity', 'select identity from event_store.log', []);

/**
 * Head and page in one statement, so from one snapshot: a short page ends exactly at that head. With a filter at most
 * `window` positions are looked at; a page without a match ends there and the next goes on from it.
 */
export const readAfter = (
  after: bigint,
  limit: number,
  filter: { readonly prefixes: readonly string[]; readonly window: number } | undefined,
): QueryArrayConfig =>
  filter === undefined
    ? statement(
        'read_all',
        `select l.head, ${COLUMNS} from event_store.log l left join lateral (
           select * from event_store.events p where p.position > $1 order by p.position limit $2) e on true`,
        [after.toString(), limit],
      )
    : statement(
        'read_all_of',
        `select l.head, ${COLUMNS} from event_store.log l left join lateral (
           select * from event_store.events p
           where p.position > $1 and p.position <= $1 + $3 and p.stream_id ^@ any ($4)
           order by p.position limit $2) e on true`,
        [after.toString(), limit, filter.window, filter.prefixes],
      );

export type AllRow = [head: string, ...event: EventRow] | [head: string, ...nothing: null[]];

/** Where a page ends, told from its rows. */
export function pageEnd(
  after: bigint,
  head: bigint,
  rows: number,
  limit: number,
  newest: Position | undefined,
  window: number | undefined,
): bigint {
  if (rows >= limit && newest !== undefined) return BigInt(newest);
  const looked = window === undefined || after + BigInt(window) > head ? head : after + BigInt(window);
  // A reader ahead of the head (another store's checkpoint) stays where it is.
  return looked > after ? looked : after;
}
