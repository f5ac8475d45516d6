import type { LeaseGrant, Renewal, SessionBackend } from '@replicante/coordinator';
import { CoordinatorError } from '@replicante/coordinator';
import type { CallPool } from '@replicante/postgres-client';
import { notifyFreed } from './freed-listener.js';
import type { FreedListener } from './freed-listener.js';

const OPEN = `
with silent as (
  delete from coordinator.session
  where id in (select id from coordinator.session where expires_at <= clock_timestamp() for update skip locked)
)
insert into coordinator.session (id, name, ttl_ms, expires_at)
values ($1, $2, $3::integer, clock_timestamp() + $3::integer * interval '1 millisecond')`;

/** One statement for the whole session. A session whose time is over stays over, however late this arrives. */
const RENEW = `
with renewed as (
  update coordinator.session set expires_at = clock_timestamp() + ttl_ms * interval '1 millisecond'
  where id = $1 and expires_at > clock_timestamp()
  returning id
)
select
  exists (select from renewed) as lives,
  (select epoch from coordinator.fence) as epoch,
  coalesce((
    select json_agg(json_build_object('key', key, 'epoch', epoch, 'token', token))
    from coordinator.lease where holder = $1
  ), '[]') as leases`;

const RELEASE = `
with freed as (delete from coordinator.lease where key = $2 and holder = $1 and token = $3 returning key)
select ${notifyFreed('key')} from freed`;

const JOIN = `
insert into coordinator.member (group_name, session_id, attributes) values ($2, $1, $3)
on conflict (group_name, session_id) do update set attributes = excluded.attributes`;

const END = `
with freed as materialized (select ${notifyFreed('key')} from coordinator.lease where holder = $1),
  gone as (delete from coordinator.session where id = $1)
select count(*) from freed`;

export interface Lanes {
  readonly calls: CallPool;
  /** Renewals have a connection of their own: nothing else may make them late. */
  readonly renewals: CallPool;
  readonly listener: FreedListener;
}

export async function openSessionRow(lanes: Lanes, id: string, name: string, ttlMs: number): Promise<void> {
  await lanes.calls.query(OPEN, [id, name, ttlMs]);
}

export class PostgresSessionBackend implements SessionBackend {
  constructor(
    private readonly id: string,
    private readonly lanes: Lanes,
  ) {}

  async renew(timeoutMs: number): Promise<Renewal> {
    const [row] = await this.lanes.renewals.query<{
      lives: boolean;
      epoch: string;
      leases: { key: string; epoch: number; token: number }[];
    }>(RENEW, [this.id], { timeoutMs });
    if (!row?.lives) throw new CoordinatorError('SESSION_ENDED', `session ${this.id} has ended`);
    return { epoch: Number(row.epoch), leases: row.leases };
  }

  async acquire(key: string): Promise<LeaseGrant | undefined> {
    const [row] = await this.lanes.calls.query<{ epoch: string; token: string }>(
      'select epoch, token from coordinator.acquire($1, $2)',
      [this.id, key],
    );
    return row && { key, epoch: Number(row.epoch), token: Number(row.token) };
  }

  async release(grant: LeaseGrant): Promise<void> {
    await this.lanes.calls.query(RELEASE, [this.id, grant.key, grant.token]);
  }

  async join(group: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.lanes.calls.query(JOIN, [this.id, group, JSON.stringify(attributes)]);
  }

  async end(): Promise<void> {
    await this.lanes.calls.query(END, [this.id]);
  }

  onFreed(key: string, wake: () => void): () => void {
    return this.lanes.listener.on(key, wake);
  }
}
