import { CoordinatorError } from '@replicante/coordinator';
import type { LeaseGrant, Renewal, SessionBackend } from '@replicante/coordinator';
import type { ConsulCalls, KvRow, WriteOperation } from './consul-calls.js';
import { MAX_OPERATIONS } from './consul-calls.js';
import type { Fence } from './fence.js';
import type { ForeignWrites } from './foreign-writes.js';
import type { KeyLayout } from './key-layout.js';
import type { LeaseWatch } from './lease-watch.js';
import { SessionMemberships } from './session-memberships.js';
import type { UntoldEnds } from './untold-ends.js';
import { leaseValue } from './values.js';

/** A lease that changed hands between look and grant is looked at again. */
const TRIES = 3;
/** A lease under Consul's lock delay is free, and no change will tell when it can be had. */
const DELAYED_POLL_MS = 200;

export interface ConsulWorld {
  readonly calls: ConsulCalls;
  readonly keys: KeyLayout;
  readonly fence: Fence;
  readonly watch: LeaseWatch;
  readonly foreign: ForeignWrites;
  readonly untold: UntoldEnds;
  readonly onError: (error: unknown) => void;
}

/**
 * One session's side of Consul.
 *
 * **The token is the key's `ModifyIndex` after the transaction that locked it** (safety.md §1): the index of Consul's one
 * log, so it grows over all keys and restarts. Never `LockIndex`: it counts per key, starts again when a key is deleted,
 * and a plain write by anyone sets it to 0 while the lock stays. So a lease's key is written by lock and unlock only and
 * never deleted, a held lease is not locked again, and one transaction locks one lease. Then "the session holds the key
 * and its `ModifyIndex` is the token" says all that there is to know of a lease.
 */
export class ConsulSessionBackend implements SessionBackend {
  /** Lease paths and the tokens under which they were granted, to notice what somebody else took away. */
  readonly #granted = new Map<string, number>();
  readonly #delayed = new Set<string>();
  readonly #memberships: SessionMemberships;

  constructor(
    private readonly id: string,
    private readonly name: string,
    /** After so long without a word Consul has ended the session by itself. */
    private readonly expiryMs: number,
    private readonly world: ConsulWorld,
  ) {
    this.#memberships = new SessionMemberships(id, name, world);
  }

  async renew(timeoutMs: number): Promise<Renewal> {
    const { calls, fence, keys, onError } = this.world;
    const granted = new Map(this.#granted);
    const joined = this.#memberships.snapshot();
    const [rows] = await Promise.all([
      calls.read(
        [
          { verb: 'get-or-empty', path: keys.fence },
          { verb: 'get-tree', path: keys.leases },
          ...joined.paths.map(path => ({ verb: 'get-or-empty', path }) as const),
        ],
        timeoutMs,
      ),
      calls.renewSession(this.id, timeoutMs),
    ]);
    const epoch = fence.settle(rows);
    fence.saw(rows);
    const mine = this.#mine(rows);
    this.#tellInterference(granted, mine);
    // Beside: what anybody can write into one key must not end a session.
    this.#memberships.mend(joined, rows).catch(onError);
    return { epoch, leases: mine.map(row => this.#grantOf(row, epoch)) };
  }

  async acquire(key: string): Promise<LeaseGrant | undefined> {
    const { calls, fence, foreign, keys } = this.world;
    const path = keys.lease(key);
    this.#delayed.delete(path);
    for (let left = TRIES; left > 0; left--) {
      const rows = await calls.read([
        { verb: 'get-or-empty', path: keys.fence },
        { verb: 'get-or-empty', path },
      ]);
      const row = rows.find(each => each.path === path);
      if (row?.session !== undefined && row.session !== this.id) return undefined;
      const { epoch, index } = fence.admit(rows);
      const floor = fence.highest;
      const stands = row && leaseValue(row);
      if (row && !stands)
        foreign.tell(path, row.modifyIndex, 'holds what no holder wrote; it is locked over');
      const held = row?.session === this.id;
      // The answer to an earlier grant was lost.
      if (held && stands?.epoch === epoch) return this.#remember({ key, epoch, token: row.modifyIndex });
      const value = JSON.stringify({ epoch, name: this.name });
      const lock = { path, session: this.id, value } as const;
      const answer = await calls.write([
        { verb: 'check-index', path: keys.fence, index },
        row ? { verb: 'check-index', path, index: row.modifyIndex } : { verb: 'check-not-exists', path },
        // Only a lock from anew counts `LockIndex` up, by which a plain write is known.
        ...(held ? [{ verb: 'unlock', ...lock } as const] : []),
        { verb: 'lock', ...lock },
      ]);
      if (answer.kind === 'done')
        return await this.#accept({ key, epoch, token: tokenOf(answer.rows, path) }, floor);
      if (answer.kind === 'lock delay') {
        this.#delayed.add(path);
        return undefined;
      }
    }
    return undefined;
  }

  async release(grant: LeaseGrant): Promise<void> {
    const { calls, keys } = this.world;
    const path = keys.lease(grant.key);
    if (this.#granted.get(path) === grant.token) this.#granted.delete(path);
    // Refused when it is no longer this grant's: then there is nothing to free, or the next renewal tells what is.
    await calls.write([
      { verb: 'check-index', path, index: grant.token },
      {
        verb: 'unlock',
        path,
        session: this.id,
        value: JSON.stringify({ epoch: grant.epoch, name: this.name }),
      },
    ]);
  }

  join(group: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    return this.#memberships.join(group, attributes);
  }

  /** Tried again beside when Consul is away: until it hears of it, nobody else gets the leases before the full expiry. */
  async end(): Promise<void> {
    this.#granted.clear();
    await this.world.untold.end(this.id, this.expiryMs, () => this.#end());
  }

  onFreed(key: string, wake: () => void): () => void {
    const path = this.world.keys.lease(key);
    const stopWatching = this.world.watch.onFree(path, wake);
    const timer = this.#delayed.has(path) ? setTimeout(wake, DELAYED_POLL_MS) : undefined;
    return () => {
      clearTimeout(timer);
      stopWatching();
    };
  }

  onDoubt(ask: () => void): () => void {
    return this.world.watch.onChange(rows => {
      const tokens = new Map(this.#mine(rows).map(row => [row.path, row.modifyIndex]));
      if ([...this.#granted].some(([path, token]) => tokens.get(path) !== token)) ask();
    });
  }

  #mine(rows: readonly KvRow[]): KvRow[] {
    return rows.filter(row => row.session === this.id && row.path.startsWith(this.world.keys.leases));
  }

  #grantOf(row: KvRow, epoch: number): LeaseGrant {
    const key = this.world.keys.leaseKeyOf(row.path);
    return { key, epoch: leaseValue(row)?.epoch ?? epoch, token: row.modifyIndex };
  }

  /** While the session lives only this process gives its leases back; the keeper drops those that went, here it is told. */
  #tellInterference(granted: ReadonlyMap<string, number>, mine: readonly KvRow[]): void {
    const found = new Map(mine.map(row => [row.path, row.modifyIndex]));
    for (const [path, token] of granted) {
      if (this.#granted.get(path) !== token || found.get(path) === token) continue;
      this.#granted.delete(path);
      const index = found.get(path);
      const what = index === undefined ? 'was deleted or unlocked' : 'was overwritten';
      this.world.foreign.tell(path, index ?? 0, `${what} while it was held; its lease is given up`);
    }
  }

  async #accept(grant: LeaseGrant, floor: number): Promise<LeaseGrant> {
    try {
      this.world.fence.granted(grant.token, floor);
    } catch (error) {
      await this.release(grant);
      throw error;
    }
    return this.#remember(grant);
  }

  #remember(grant: LeaseGrant): LeaseGrant {
    this.#granted.set(this.world.keys.lease(grant.key), grant.token);
    return grant;
  }

  async #end(): Promise<void> {
    const { calls, keys } = this.world;
    const rows = await calls.read([{ verb: 'get-tree', path: keys.leases }]);
    const ours = JSON.stringify({ epoch: 1, name: this.name });
    // First unlocked, then destroyed: what a destroyed session still holds is free only after the lock delay.
    const operations: WriteOperation[] = [
      ...this.#mine(rows).map(row => {
        const value = leaseValue(row) ? row.value : ours;
        return { verb: 'unlock', path: row.path, session: this.id, value } as const;
      }),
      ...this.#memberships.snapshot().paths.map(path => ({ verb: 'delete', path }) as const),
    ];
    for (let at = 0; at < operations.length; at += MAX_OPERATIONS)
      await calls.write(operations.slice(at, at + MAX_OPERATIONS));
    await calls.destroySession(this.id);
  }
}

function tokenOf(rows: readonly KvRow[], path: string): number {
  const token = rows.findLast(row => row.path === path)?.modifyIndex ?? 0;
  if (Number.isSafeInteger(token) && token > 0) return token;
  throw new CoordinatorError(
    'COORDINATOR_UNAVAILABLE',
    `Consul answered a lock of ${path} without its index`,
  );
}
