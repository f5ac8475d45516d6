/** Steps are never edited once released; a new shape is a new step at the end. */
export const STEPS: readonly string[] = [
  `
create table coordinator.fence (
  only_row boolean primary key default true check (only_row),
  epoch bigint not null default 1,
  token bigint not null default 0
);
comment on table coordinator.fence is
  'One counter over all leases (safety.md 1). A row and not a sequence: its lock makes token order the order of grants.';
insert into coordinator.fence default values;

create table coordinator.session (
  id uuid primary key,
  name text not null,
  ttl_ms integer not null,
  opened_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

create table coordinator.lease (
  key text primary key,
  holder uuid not null references coordinator.session (id) on delete cascade,
  epoch bigint not null,
  token bigint not null unique,
  granted_at timestamptz not null default clock_timestamp()
);
create index lease_holder on coordinator.lease (holder);

create table coordinator.member (
  group_name text not null,
  session_id uuid not null references coordinator.session (id) on delete cascade,
  attributes jsonb not null,
  primary key (group_name, session_id)
);
create index member_session on coordinator.member (session_id);

create function coordinator.acquire(p_session uuid, p_key text) returns table (epoch bigint, token bigint)
language plpgsql as $body$
declare
  fence record;
  held record;
begin
  if not exists (select from coordinator.session s where s.id = p_session and s.expires_at > clock_timestamp()) then
    raise exception 'session % has ended', p_session using errcode = 'RC001';
  end if;

  -- The common answer, without a lock: another living session has it.
  if exists (
    select from coordinator.lease l join coordinator.session s on s.id = l.holder
    where l.key = p_key and l.holder <> p_session and s.expires_at > clock_timestamp()
  ) then
    return;
  end if;

  -- From here one grant at a time, so that a later grant always has a higher token.
  select f.epoch, f.token into strict fence from coordinator.fence f for update;

  select l.holder, l.epoch, l.token into held from coordinator.lease l where l.key = p_key;
  if found and held.holder = p_session then
    if held.epoch = fence.epoch then
      return query select held.epoch, held.token;
      return;
    end if;
    delete from coordinator.lease l where l.key = p_key and l.holder = p_session;
  elsif found then
    -- Ends the whole silent session, and only if its time is over now: its renewal locks the same row.
    delete from coordinator.session s where s.id = held.holder and s.expires_at <= clock_timestamp();
    if exists (select from coordinator.lease l where l.key = p_key) then
      return;
    end if;
  end if;

  insert into coordinator.lease (key, holder, epoch, token) values (p_key, p_session, fence.epoch, fence.token + 1);
  update coordinator.fence f set token = fence.token + 1;
  return query select fence.epoch, fence.token + 1;
end
$body$;
`,
];
