// The hot statements. Each is one short transaction by itself; each that ends tasks counts them in the same statement.

const count = (rows: string, what: string): string => `
  insert into task_queue.counter as c (partition, what, count)
  select partition, ${what}, count(*) from ${rows} group by 1, 2 order by 1, 2
  on conflict (partition, what) do update set count = c.count + excluded.count`;

/**
 * $1 ids, $2 kinds, $3 keys, $4 partitions, $5 payloads, $6 delays, $7 expiries in ms (null: never).
 * The last of a key wins; what it replaces is superseded. `xmax` tells an update from an insert. One that may run at once
 * takes the place in the line of what it replaces: at its end, a queue that cannot keep up would never reach some keys.
 */
export const ENQUEUE = `
with clock as materialized (select clock_timestamp() as now),
input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::float8[], $7::float8[])
    with ordinality as t(id, kind, key, partition, payload, delay_ms, expires_ms, turn)
),
fresh as materialized (
  select distinct on (i.id) i.* from input i
  where not exists (select from task_queue.task t where t.id = i.id)
  order by i.id, i.turn
),
newest as materialized (select distinct on (key) * from fresh order by key, turn desc),
put as (
  insert into task_queue.task as t (id, kind, key, partition, payload, not_before, expires_at)
  select n.id, n.kind, n.key, n.partition, n.payload,
    clock.now + n.delay_ms * interval '1 millisecond', clock.now + n.expires_ms * interval '1 millisecond'
  from newest n, clock order by n.key
  on conflict (key) where state = 'waiting' do update set
    id = excluded.id, kind = excluded.kind, payload = excluded.payload, attempt = 0,
    not_before = case
      when excluded.not_before <= clock_timestamp() then least(t.not_before, excluded.not_before)
      else excluded.not_before end,
    expires_at = excluded.expires_at, enqueued_at = clock_timestamp()
  returning t.partition, t.xmax <> 0 as replaced
),
counted as (
  select partition, 'enqueued' as what from fresh
  union all
  select partition, 'superseded' from put where replaced
  union all
  select f.partition, 'superseded' from fresh f where not exists (select from newest n where n.id = f.id)
),
sums as (${count('counted', 'what')})
select count(*) from put`;

/**
 * $1 consumer, $2 partitions, $3 limit, $4 visibility in ms. The oldest first, whatever its partition: a limit that stops
 * after some partitions starves those that the plan reads last. Only what is taken is locked.
 */
export const TAKE = `
with clock as materialized (select clock_timestamp() as now),
due as materialized (
  select task.id
  from unnest($2::integer[]) as mine(partition)
  join task_queue.partition p on p.partition = mine.partition and p.owner = $1
  cross join clock
  cross join lateral (
    select t.id, t.not_before from task_queue.task t
    where t.partition = mine.partition and t.state = 'waiting' and t.not_before <= clock.now
      and (t.attempt > 0 or t.expires_at is null or t.expires_at > clock.now)
      and not exists (select from task_queue.task r where r.key = t.key and r.state = 'running')
    order by t.not_before
    limit $3
  ) task
  order by task.not_before
  limit $3
),
mine as materialized (
  select t.id from task_queue.task t join due on due.id = t.id where t.state = 'waiting' for update of t skip locked
)
update task_queue.task t
set state = 'running', attempt = t.attempt + 1, consumer = $1,
  visible_until = clock.now + $4 * interval '1 millisecond'
from mine, clock
where t.id = mine.id
returning t.id, t.kind, t.key, t.payload, t.attempt, t.partition`;

/** `held` names the rows and what becomes of them; $1 is the number of deliveries before the dead letter. */
const settle = (held: string): string => `
with held as materialized (${held}),
judged as materialized (
  select h.*,
    case
      when h.outcome in ('executed', 'abandoned') then h.outcome
      when h.outcome = 'retry' and h.attempt >= $1 then 'dead_lettered'
      when exists (select from task_queue.task w where w.key = h.key and w.state = 'waiting') then 'superseded'
    end as ending
  from held h
),
gone as (
  delete from task_queue.task t using judged j where t.id = j.id and j.ending is not null returning t.id
),
back as (
  update task_queue.task t
  set state = 'waiting', consumer = null, visible_until = null,
    not_before = clock_timestamp() + j.backoff_ms * interval '1 millisecond'
  from judged j where t.id = j.id and j.ending is null
  returning t.id
),
letters as (
  insert into task_queue.dead_letter as d (task_id, kind, key, payload, reason, attempts)
  select id, kind, key, payload, reason, attempt from judged where ending = 'dead_lettered' order by key
  on conflict (key, reason) do update set
    task_id = excluded.task_id, kind = excluded.kind, payload = excluded.payload, attempts = excluded.attempts,
    occurrences = d.occurrences + 1
),
forgiven as (
  delete from task_queue.dead_letter d using judged j where d.key = j.key and j.ending = 'executed'
),
ended as (select partition, ending from judged where ending is not null),
sums as (${count('ended', 'ending')})
select count(*) from held`;

/** $2 consumer; $3 ids, $4 attempts, $5 outcomes, $6 reasons, $7 back-offs. What is another's by now is left alone. */
export const SETTLE = settle(`
  select t.id, t.kind, t.key, t.partition, t.payload, t.attempt, a.outcome, a.reason, a.backoff_ms
  from task_queue.task t
  join unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::float8[])
    as a(id, attempt, outcome, reason, backoff_ms) on a.id = t.id and a.attempt = t.attempt
  where t.state = 'running' and t.consumer = $2
  order by t.key
  for update of t`);

/**
 * Deliveries whose visibility ended, or whose consumer fell silent and was removed: back at once, whoever's partition it
 * is. Without the second, a task under way as its worker is killed waits for its whole visibility.
 */
export const SWEEP_SILENT = settle(`
  select t.id, t.kind, t.key, t.partition, t.payload, t.attempt,
    'retry'::text as outcome, 'CONSUMER_SILENT'::text as reason, 0::float8 as backoff_ms
  from task_queue.task t
  where t.state = 'running' and (
    t.visible_until <= (select clock_timestamp())
    or (t.consumer is not null and not exists (select from task_queue.consumer c where c.id = t.consumer))
  )
  order by t.visible_until
  limit 500
  for update of t skip locked`);

export const SWEEP_EXPIRED = `
with gone as (
  delete from task_queue.task where id in (
    select t.id from task_queue.task t
    where t.state = 'waiting' and t.attempt = 0 and t.expires_at <= (select clock_timestamp())
    order by t.expires_at
    limit 1000
    for update of t skip locked
  )
  returning partition
),
sums as (${count('gone', "'expired'")})
select count(*) from gone`;

/** What a handler that would not give up still works on belongs to nobody until its visibility ends: it may yet act. */
export const LEAVE = `
with disowned as (
  update task_queue.task set consumer = null where state = 'running' and consumer = $1
)
delete from task_queue.consumer where id = $1`;

export const EXTEND = `
update task_queue.task set visible_until = clock_timestamp() + $4 * interval '1 millisecond'
where id = $2 and attempt = $3 and consumer = $1 and state = 'running'
returning id`;

export const STATISTICS = `
with clock as materialized (select clock_timestamp() as now)
select
  (select count(*) from task_queue.task)::int as depth,
  (select count(*) from task_queue.task where state = 'running')::int as running,
  (select count(*) from task_queue.dead_letter)::int as dead_letters,
  coalesce((
    select extract(epoch from clock.now - min(first.not_before)) * 1000
    from task_queue.partition p cross join lateral (
      select t.not_before from task_queue.task t
      where t.partition = p.partition and t.state = 'waiting' and t.not_before <= clock.now
        and (t.attempt > 0 or t.expires_at is null or t.expires_at > clock.now)
        and not exists (select from task_queue.task r where r.key = t.key and r.state = 'running')
      order by t.not_before limit 1
    ) first
  ), 0)::float8 as oldest_ready_age_ms,
  (select coalesce(json_object_agg(what, n), '{}')
   from (select what, sum(count)::bigint as n from task_queue.counter group by what) s) as counters
from clock`;
