/**
 * The store's own schema, as numbered steps that are applied once each, in order, under one lock. A step that was
 * published never changes; the next one alters what it made.
 *
 * Global order: one counter row, updated inside the append, so that its row lock makes position order the commit order
 * (architecture.md §6). Transaction ids are not stored: a restored dump would hide its newest events.
 */
const tables = `
create table event_store.log (
  only_row boolean primary key default true check (only_row),
  identity uuid not null default gen_random_uuid(),
  head bigint not null default 0
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
insert into event_store.log default values;

create table event_store.events (
  position bigint primary key,
  stream_id text collate "C" not null,
  revision bigint not null,
  event_id uuid not null,
  type text collate "C" not null,
  data json not null,
  metadata json not null,
  unique (stream_id, revision)
);
create index events_by_id on event_store.events (event_id);
`;

/**
 * One call appends a whole group: append i goes to stream \`streams[stream_of[i]]\`, expects revision \`expected[i]\`
 * (-1: no stream) and takes the next \`counts[i]\` of the event arrays. Each is answered alone, in order:
 * outcome 0 appended, 1 repeat of an earlier append, 2 conflict; with the revision and position reached, or the actual
 * revision. Answers are comma-separated text: the driver parses that faster than arrays.
 *
 * The function is one autocommit statement, so a client that freezes holds no lock. Its settings keep the plans on the
 * indexes: an estimate of unnest's rows once turned them into sequential scans, p99 400 ms.
 */
const appendGroup = `
create function event_store.append_group(
  streams text[], stream_of int[], expected bigint[], counts int[],
  ids uuid[], event_streams text[], types text[], data json[], metadata json[],
  out outcomes text, out revisions text, out positions text
) language plpgsql volatile
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off
  set plan_cache_mode = force_generic_plan
as $$
declare
  appends constant int := cardinality(counts);
  total constant int := cardinality(ids);
  base bigint;
  next bigint;
  stored bigint[];
  current bigint[];
  starts int[] := array_fill(0, array[appends]);
  outcome int[] := array_fill(2, array[appends]);
  reached bigint[] := array_fill(-1::bigint, array[appends]);
  reached_at bigint[] := array_fill(0::bigint, array[appends]);
  event_revision bigint[] := array_fill(null::bigint, array[total]);
  event_position bigint[] := array_fill(null::bigint, array[total]);
  start int := 1;
  s int;
  n int;
  known int;
  known_at bigint;
  ids_seen boolean;
  reused boolean;
begin
  update event_store.log set head = head + total returning head - total into strict base;
  next := base;
  -- A statement of its own: its snapshot is younger than the lock.
  select array_agg(coalesce((
      select e.revision from event_store.events e where e.stream_id = w.id order by e.revision desc limit 1
    ), -1) order by w.n)
    into stored from unnest(streams) with ordinality w(id, n);
  current := stored;
  ids_seen := exists (select from event_store.events e where e.event_id = any (ids));

  for i in 1..appends loop
    s := stream_of[i];
    n := counts[i];
    starts[i] := start;
    reused := false;
    if expected[i] = current[s] then
      -- The right revision for ids that the stream already holds: the caller took an append of its own for another's.
      if ids_seen then
        reused := exists (
          select from event_store.events e
          where e.event_id = any (ids[start : start + n - 1]) and e.stream_id = streams[s]);
      end if;
      -- Only where this group has appended to the stream: over all pairs of a group this loop would be its main cost.
      if current[s] > stored[s] then
        for j in 1..i - 1 loop
          exit when reused;
          reused := stream_of[j] = s and outcome[j] = 0
            and ids[starts[j] : starts[j] + counts[j] - 1] && ids[start : start + n - 1];
        end loop;
      end if;
    end if;
    if expected[i] = current[s] and not reused then
      for k in 0..n - 1 loop
        next := next + 1;
        event_revision[start + k] := expected[i] + 1 + k;
        event_position[start + k] := next;
      end loop;
      current[s] := expected[i] + n;
      outcome[i] := 0;
      reached[i] := current[s];
      reached_at[i] := next;
    elsif expected[i] < current[s] then
      reached[i] := current[s];
      select count(*), max(e.position) into known, known_at
        from generate_series(0, n - 1) k
        join event_store.events e on e.stream_id = streams[s] and e.revision = expected[i] + 1 + k
        where e.event_id = ids[start + k];
      if known = n then
        outcome[i] := 1;
        reached[i] := expected[i] + n;
        reached_at[i] := known_at;
      elsif known = 0 then
        -- The first of two equal appends may stand in this very group.
        for j in 1..i - 1 loop
          if outcome[j] = 0 and stream_of[j] = s and expected[j] = expected[i] and counts[j] >= n
             and ids[starts[j] : starts[j] + n - 1] = ids[start : start + n - 1] then
            outcome[i] := 1;
            reached[i] := expected[i] + n;
            reached_at[i] := event_position[starts[j] + n - 1];
          end if;
        end loop;
      end if;
    else
      reached[i] := current[s];
    end if;
    start := start + n;
  end loop;

  if next <> base + total then
    update event_store.log set head = next;
  end if;
  if next > base then
    insert into event_store.events (position, stream_id, revision, event_id, type, data, metadata)
      select e.position, e.stream_id, e.revision, e.id, e.type, e.data, e.metadata
      from unnest(event_position, event_streams, event_revision, ids, types, data, metadata)
        as e(position, stream_id, revision, id, type, data, metadata)
      where e.position is not null;
  end if;
  outcomes := array_to_string(outcome, ',');
  revisions := array_to_string(reached, ',');
  positions := array_to_string(reached_at, ',');
end
$$;
`;

/** Step n is at index n - 1. */
export const MIGRATIONS: readonly string[] = [tables + appendGroup];
