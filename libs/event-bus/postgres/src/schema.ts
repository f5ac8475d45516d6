/**
 * The bus's own schema, as numbered steps that are applied once each, in order, under one lock. A step that was
 * published never changes; the next one alters what it made.
 *
 * Offsets come from one counter row per partition, locked by the publish until it commits: readers of a partition see
 * its offsets in commit order and without holes.
 */
const tables = `
create table event_bus.topics (
  name text collate "C" primary key,
  partitions int not null,
  compacted boolean not null,
  retention_ms bigint
);
create table event_bus.partitions (
  topic text collate "C" not null references event_bus.topics,
  partition int not null,
  next_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
create table event_bus.records (
  topic text collate "C" not null,
  partition int not null,
  "offset" bigint not null,
  key text collate "C" not null,
  value text,
  headers json not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition, "offset")
);
create table event_bus.groups (name text collate "C" primary key);
create table event_bus.members (
  group_name text collate "C" not null,
  member uuid not null,
  topics text[] not null,
  heard_at timestamptz not null,
  primary key (group_name, member)
) with (fillfactor = 50);
create table event_bus.assignments (
  group_name text collate "C" not null,
  topic text collate "C" not null,
  partition int not null,
  committed bigint not null,
  owner uuid,
  epoch bigint not null default 0,
  primary key (group_name, topic, partition)
) with (fillfactor = 50);
`;

/** A batch is one statement: all of its records, or none. Counter rows are locked in one order: no deadlock. */
const publish = `
create function event_bus.publish(topics text[], partitions int[], keys text[], record_values text[], headers json[])
returns void language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off
as $$
declare
  written int;
begin
  perform from event_bus.partitions p
    join (select distinct u.topic, u.partition from unnest(topics, partitions) u(topic, partition)) d
      on p.topic = d.topic and p.partition = d.partition
    order by p.topic, p.partition for update of p;
  with numbered as (
    select u.*, row_number() over (partition by u.topic, u.partition order by u.n) - 1 as nth
    from unnest(topics, partitions, keys, record_values, headers)
      with ordinality u(topic, partition, key, value, headers, n)
  ), advanced as (
    update event_bus.partitions p set next_offset = p.next_offset + c.records
    from (select n.topic, n.partition, count(*) as records from numbered n group by n.topic, n.partition) c
    where p.topic = c.topic and p.partition = c.partition
    returning p.topic, p.partition, p.next_offset - c.records as base
  )
  insert into event_bus.records (topic, partition, "offset", key, value, headers)
    select n.topic, n.partition, a.base + n.nth, n.key, n.value, n.headers
    from numbered n join advanced a on a.topic = n.topic and a.partition = n.partition;
  get diagnostics written = row_count;
  if written <> cardinality(keys) then
    raise exception 'a topic is missing' using errcode = 'RB404';
  end if;
end
$$;
`;

/**
 * One heartbeat of one member, by the database's clock: it counts as alive, silent members lose what they own, and it
 * claims the free partitions that are its share (partition number modulo the members of the topic, in order of id).
 * Answers what it owns; \`keep\` is false for what it should release, after the batch in hand, to another member.
 */
const groups = `
create function event_bus.heartbeat(
  for_group text, for_member uuid, for_topics text[], ttl_ms int, from_earliest boolean
) returns table (topic text, partition int, committed bigint, epoch bigint, keep boolean) language plpgsql as $$
#variable_conflict use_column
begin
  insert into event_bus.groups (name) values (for_group) on conflict do nothing;
  perform from event_bus.groups g where g.name = for_group for update;
  insert into event_bus.members (group_name, member, topics, heard_at)
    values (for_group, for_member, for_topics, clock_timestamp())
    on conflict (group_name, member) do update set heard_at = excluded.heard_at, topics = excluded.topics;
  delete from event_bus.members m
    where m.group_name = for_group and m.heard_at < clock_timestamp() - ttl_ms * interval '1 millisecond';
  insert into event_bus.assignments (group_name, topic, partition, committed)
    select for_group, p.topic, p.partition, case when from_earliest then 0 else p.next_offset end
    from event_bus.partitions p where p.topic = any (for_topics)
    on conflict do nothing;
  update event_bus.assignments a set owner = null
    where a.group_name = for_group and a.owner is not null
      and not exists (select from event_bus.members m where m.group_name = for_group and m.member = a.owner);
  update event_bus.assignments a set owner = for_member, epoch = a.epoch + 1
    from event_bus.shares(for_group) s
    where a.group_name = for_group and a.owner is null
      and s.topic = a.topic and s.partition = a.partition and s.member = for_member;
  return query
    select a.topic, a.partition, a.committed, a.epoch, s.member is not distinct from for_member
    from event_bus.assignments a
    left join event_bus.shares(for_group) s on s.topic = a.topic and s.partition = a.partition
    where a.group_name = for_group and a.owner = for_member;
end
$$;

create function event_bus.shares(for_group text) returns table (topic text, partition int, member uuid)
language sql stable as $$
  select a.topic, a.partition, (array_agg(m.member order by m.member))[1 + a.partition % count(*)::int]
  from event_bus.assignments a
  join event_bus.members m on m.group_name = a.group_name and a.topic = any (m.topics)
  where a.group_name = for_group
  group by a.topic, a.partition
$$;
`;

/**
 * What is past its retention, in compacted topics what a newer record of the same key replaces, and tombstones a day
 * after. Any process may call it; one at a time does the work, the others answer 0.
 */
const sweep = `
create function event_bus.sweep(at_most int) returns bigint language plpgsql as $$
declare
  expired bigint;
  compacted bigint;
begin
  if not pg_try_advisory_xact_lock(1701213299) then
    return 0;
  end if;
  delete from event_bus.records r using (
    select o.topic, o.partition, o."offset" from event_bus.partitions p
    join event_bus.topics t on t.name = p.topic and not t.compacted and t.retention_ms is not null
    cross join lateral (
      select * from event_bus.records r
      where r.topic = p.topic and r.partition = p.partition order by r."offset" limit at_most
    ) o
    where o.published_at < clock_timestamp() - t.retention_ms * interval '1 millisecond'
  ) gone where r.topic = gone.topic and r.partition = gone.partition and r."offset" = gone."offset";
  get diagnostics expired = row_count;
  delete from event_bus.records r using (
    select n.topic, n.partition, n."offset" from (
      select r.topic, r.partition, r."offset", r.value, r.published_at,
        row_number() over (partition by r.topic, r.partition, r.key order by r."offset" desc) as nth
      from event_bus.records r join event_bus.topics t on t.name = r.topic and t.compacted
    ) n
    where n.nth > 1 or (n.value is null and n.published_at < clock_timestamp() - interval '1 day')
    limit at_most
  ) gone where r.topic = gone.topic and r.partition = gone.partition and r."offset" = gone."offset";
  get diagnostics compacted = row_count;
  return expired + compacted;
end
$$;
`;

/** Step n is at index n - 1. */
export const MIGRATIONS: readonly string[] = [tables + publish + groups + sweep];
