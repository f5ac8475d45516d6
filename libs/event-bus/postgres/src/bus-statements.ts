import { partitionOf } from '@replicante/event-bus';
import type { BusRecord, ReceivedRecord, TopicConfig } from '@replicante/event-bus';
import type { QueryArrayConfig } from 'pg';

const statement = (name: string, text: string, values: unknown[]): QueryArrayConfig => ({
  name: `event_bus_${name}`,
  text,
  values,
  rowMode: 'array',
});

export type TopicRow = [name: string, partitions: number, compacted: boolean];

export const topicsNamed = (names: readonly string[]): QueryArrayConfig =>
  statement('topics', 'select name, partitions, compacted from event_bus.topics where name = any ($1)', [
    names,
  ]);

/** One statement: a topic never stands without its partitions. Of two at once the second finds it made. */
export const makeTopic = (topic: TopicConfig): QueryArrayConfig =>
  statement(
    'make_topic',
    `with made as (
       insert into event_bus.topics (name, partitions, compacted, retention_ms) values ($1, $2, $3, $4)
       on conflict (name) do update set retention_ms = excluded.retention_ms
         where event_bus.topics.retention_ms is distinct from excluded.retention_ms
           and event_bus.topics.partitions = excluded.partitions
           and event_bus.topics.compacted = excluded.compacted
       returning name, partitions
     )
     insert into event_bus.partitions (topic, partition)
       select made.name, n from made, generate_series(0, made.partitions - 1) n on conflict do nothing`,
    [topic.name, topic.partitions, topic.compacted, topic.compacted ? null : (topic.retentionMs ?? null)],
  );

export const publishAll = (
  records: readonly BusRecord[],
  partitions: ReadonlyMap<string, number>,
): QueryArrayConfig =>
  statement('publish', 'select event_bus.publish($1, $2, $3, $4, $5)', [
    records.map(record => record.topic),
    records.map(record => partitionOf(record.key, partitions.get(record.topic) ?? 1)),
    records.map(record => record.key),
    records.map(record => record.value),
    records.map(record => JSON.stringify(record.headers ?? {})),
  ]);

/** A partition and the offset from which to read it. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

export type RecordRow = [
  place: string,
  offset: string,
  key: string,
  value: string | null,
  headers: Record<string, string>,
];

/** The next records of many partitions in one round trip; `place` counts from 1. */
export const recordsAt = (places: readonly Place[], limit: number): QueryArrayConfig =>
  statement(
    'read',
    `select p.place, r."offset", r.key, r.value, r.headers
     from unnest($1::text[], $2::int[], $3::bigint[]) with ordinality p(topic, partition, next, place)
     cross join lateral (
       select * from event_bus.records r
       where r.topic = p.topic and r.partition = p.partition and r."offset" >= p.next
       order by r."offset" limit $4
     ) r order by p.place, r."offset"`,
    [places.map(p => p.topic), places.map(p => p.partition), places.map(p => p.next), limit],
  );

export const received = (place: Place, row: RecordRow): ReceivedRecord => ({
  topic: place.topic,
  partition: place.partition,
  offset: row[1],
  key: row[2],
  value: row[3],
  headers: row[4],
});

export type EndRow = [topic: string, partition: number, nextOffset: string];

export const endsOf = (topics: readonly string[]): QueryArrayConfig =>
  statement('ends', 'select topic, partition, next_offset from event_bus.partitions where topic = any ($1)', [
    topics,
  ]);

export interface Membership {
  readonly group: string;
  readonly member: string;
}

export type HeartbeatRow = [
  topic: string,
  partition: number,
  committed: string,
  epoch: string,
  keep: boolean,
];

export const heartbeat = (
  { group, member }: Membership,
  topics: readonly string[],
  ttlMs: number,
  fromEarliest: boolean,
): QueryArrayConfig =>
  statement('heartbeat', 'select * from event_bus.heartbeat($1, $2, $3, $4, $5)', [
    group,
    member,
    topics,
    ttlMs,
    fromEarliest,
  ]);

/** Compare-and-set: answers a row only while this member still owns the partition, in the same epoch. */
export const commit = (
  { group, member }: Membership,
  place: Place,
  epoch: string,
  next: number,
): QueryArrayConfig =>
  statement(
    'commit',
    `update event_bus.assignments set committed = $6
     where group_name = $1 and topic = $3 and partition = $4 and owner = $2 and epoch = $5 and committed <= $6
     returning committed`,
    [group, member, place.topic, place.partition, epoch, next],
  );

export const release = ({ group, member }: Membership, place: Place): QueryArrayConfig =>
  statement(
    'release',
    `update event_bus.assignments set owner = null
     where group_name = $1 and owner = $2 and topic = $3 and partition = $4`,
    [group, member, place.topic, place.partition],
  );

export const leave = ({ group, member }: Membership): QueryArrayConfig =>
  statement(
    'leave',
    `with gone as (delete from event_bus.members where group_name = $1 and member = $2)
     update event_bus.assignments set owner = null where group_name = $1 and owner = $2`,
    [group, member],
  );

export const sweep = (atMost: number): QueryArrayConfig =>
  statement('sweep', 'select event_bus.sweep($1)', [atMost]);
