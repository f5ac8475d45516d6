/** Steps are never edited once released; a new shape is a new step at the end. */
export const STEPS: readonly string[] = [
  `
create table task_queue.queue (
  only_row boolean primary key default true check (only_row),
  partitions integer not null check (partitions > 0)
);

create table task_queue.consumer (
  id uuid primary key,
  name text not null,
  joined_at timestamptz not null default clock_timestamp(),
  silent_at timestamptz not null
);
comment on column task_queue.consumer.silent_at is 'By the database''s clock: from then on its partitions are free.';

create table task_queue.partition (
  partition integer primary key,
  owner uuid references task_queue.consumer (id) on delete set null,
  grant_number bigint not null default 0
);
create index partition_owner on task_queue.partition (owner);

-- Rows live for seconds: vacuum often, and leave room for updates in the same page.
create table task_queue.task (
  id uuid primary key,
  kind text not null,
  key text not null,
  partition integer not null,
  payload text not null,
  state text not null default 'waiting' check (state in ('waiting', 'running')),
  attempt integer not null default 0,
  not_before timestamptz not null,
  expires_at timestamptz,
  consumer uuid,
  visible_until timestamptz,
  enqueued_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
comment on column task_queue.task.payload is 'JSON as text: never looked into here, and jsonb refuses some valid JSON.';
-- The two laws that the database itself keeps: one waiting and one running task per key.
create unique index task_waiting on task_queue.task (key) where state = 'waiting';
create unique index task_running on task_queue.task (key) where state = 'running';
create index task_due on task_queue.task (partition, not_before) where state = 'waiting';
create index task_silent on task_queue.task (visible_until) where state = 'running';
create index task_expiring on task_queue.task (expires_at) where state = 'waiting' and attempt = 0;

create table task_queue.dead_letter (
  number bigint generated always as identity primary key,
  task_id uuid not null,
  kind text not null,
  key text not null,
  payload text not null,
  reason text not null,
  attempts integer not null,
  dead_since timestamptz not null default clock_timestamp(),
  occurrences integer not null default 1,
  unique (key, reason)
);

create table task_queue.counter (
  partition integer not null,
  what text not null,
  count bigint not null,
  primary key (partition, what)
) with (fillfactor = 50);
comment on table task_queue.counter is
  'enqueued, and how tasks ended, changed by the statement that does it. Per partition, so that owners rarely meet.';

create function task_queue.beat(p_consumer uuid, p_name text, p_ttl_ms double precision, p_avoid integer[])
returns table (share integer, partition integer, grant_number bigint)
language plpgsql as $body$
declare
  total integer;
  living integer;
  before_me integer;
  mine integer;
  fair integer;
begin
  insert into task_queue.consumer as c (id, name, silent_at)
  values (p_consumer, p_name, clock_timestamp() + p_ttl_ms * interval '1 millisecond')
  on conflict (id) do update set silent_at = excluded.silent_at;

  delete from task_queue.consumer c where c.id in (
    select s.id from task_queue.consumer s where s.silent_at <= clock_timestamp() for update skip locked
  );

  select q.partitions into total from task_queue.queue q;
  select count(*), count(*) filter (where c.id < p_consumer) into living, before_me from task_queue.consumer c;
  fair := total / living + case when before_me < total % living then 1 else 0 end;
  select count(*) into mine from task_queue.partition p where p.owner = p_consumer;

  if mine < fair then
    update task_queue.partition p set owner = p_consumer, grant_number = p.grant_number + 1
    where p.partition in (
      select f.partition from task_queue.partition f
      where f.owner is null and f.partition <> all (p_avoid)
      order by f.partition limit fair - mine for update skip locked
    );
  end if;

  return query
    select fair, p.partition, p.grant_number
    from (select 1) one left join task_queue.partition p on p.owner = p_consumer
    order by p.partition;
end
$body$;
`,
];
