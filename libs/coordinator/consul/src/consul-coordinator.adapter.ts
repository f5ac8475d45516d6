import { CoordinatorError, SessionKeeper, systemSessionTime } from '@replicante/coordinator';
import type { Coordinator, LeaseView, Member, Session } from '@replicante/coordinator';
import { ConsulCalls, MAX_OPERATIONS } from './consul-calls.js';
import type { KvRow } from './consul-calls.js';
import { ConsulSessionBackend } from './consul-session-backend.js';
import type { ConsulWorld } from './consul-session-backend.js';
import { Fence } from './fence.js';
import { ForeignWrites } from './foreign-writes.js';
import { keyLayout } from './key-layout.js';
import { LeaseWatch } from './lease-watch.js';
import { UntoldEnds } from './untold-ends.js';
import { leaseValue, memberValue } from './values.js';

const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 24 * 60 * 60 * 1_000;
/** Consul refuses shorter ones. */
const CONSUL_MIN_TTL_MS = 10_000;
/** Consul's own multiplier: it frees a silent session after twice its TTL, counted anew from a change of its leader. */
const CONSUL_EXPIRES_AFTER = 2;
const POLL_MS = 1_000;

export interface ConsulCoordinatorOptions {
  /** `host:port`, or an `http`/`https` URL (`CONSUL_HTTP_ADDR`). */
  readonly address: string;
  /** ACL token with `key:write` below the prefix and `session:write`. */
  readonly token?: string;
  /** Default: the agent's own. */
  readonly datacenter?: string;
  /** Keys lie below `<prefix>/coordinator/`. Default `replicante`; one per installation. */
  readonly prefix?: string;
  /** Deadline of every call but renewals, which have the session's. Default 2 s. */
  readonly callTimeoutMs?: number;
  /**
   * A lease whose session was destroyed or expired, not released, stays untaken for so long. Default 1 s. With the
   * lease's TTL not even an operator who destroys a session frees a lease before its holder's stop. At most 60 s.
   */
  readonly lockDelayMs?: number;
  /** Hears what the adapter gets over by itself: a renewal that is tried again, a key that somebody else wrote. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Leases as keys locked by sessions (docs/adr/0012). A holder counts its lease by the port's TTL; Consul's session has the
 * same TTL, or 10 s where that is shorter, and lives up to twice as long: the holder has always stopped before.
 *
 * Asks nothing of Consul before it is used: one that is away, or elects, stops no boot.
 */
export async function openConsulCoordinator(options: ConsulCoordinatorOptions): Promise<Coordinator> {
  const { lockDelayMs = 1_000, callTimeoutMs = 2_000, prefix = 'replicante' } = options;
  const onError = options.onError ?? ((): void => undefined);
  const consulTtlMs = (ttlMs: number): number => Math.max(CONSUL_MIN_TTL_MS, Math.ceil(ttlMs));
  const expiryBoundMs = (ttlMs: number): number =>
    CONSUL_EXPIRES_AFTER * consulTtlMs(ttlMs) + lockDelayMs + 3 * POLL_MS;
  const keys = keyLayout(prefix);
  const calls = new ConsulCalls(options, callTimeoutMs);
  const foreign = new ForeignWrites(onError);
  const world: ConsulWorld = {
    calls,
    keys,
    foreign,
    fence: new Fence(calls, keys, foreign, onError),
    watch: new LeaseWatch(calls, keys.leases, onError),
    untold: new UntoldEnds(onError),
    onError,
  };
  const sessions = new Set<Session>();

  /** Member keys outlive their sessions as leases do, but nothing hangs on them. Best effort, by whoever comes next. */
  const sweepMembers = async (): Promise<void> => {
    const rows = await calls.read([{ verb: 'get-tree', path: keys.members }]);
    const gone = rows.filter(row => row.session === undefined && memberValue(row)).slice(0, MAX_OPERATIONS);
    if (gone.length === 0) return;
    // Refused when another sweeps as well.
    await calls.write(
      gone.map(row => ({ verb: 'delete-cas', path: row.path, index: row.modifyIndex }) as const),
    );
  };

  return {
    capabilities: { durable: true, minTtlMs: MIN_TTL_MS, expiryBoundMs },

    async openSession({ name, ttlMs }) {
      if (ttlMs < MIN_TTL_MS || ttlMs > MAX_TTL_MS)
        throw new CoordinatorError(
          'TTL_TOO_SHORT',
          `a session lives ${MIN_TTL_MS} to ${MAX_TTL_MS} ms, not ${ttlMs}`,
        );
      await world.fence.enter();
      const openedAtMs = systemSessionTime.monotonicMs();
      const id = await calls.createSession({ name, ttlMs: consulTtlMs(ttlMs), lockDelayMs });
      world.watch.start();
      const session = new SessionKeeper({
        id,
        ttlMs,
        marginMs: ttlMs / 10,
        openedAtMs,
        backend: new ConsulSessionBackend(id, name, expiryBoundMs(ttlMs), world),
        time: systemSessionTime,
        pollMs: POLL_MS,
        onError,
      });
      sessions.add(session);
      session.ended.addEventListener('abort', () => {
        sessions.delete(session);
      });
      sweepMembers().catch(onError);
      return session;
    },

    async members(group) {
      const path = keys.group(group);
      const rows = await calls.read([{ verb: 'get-tree', path }]);
      return [...rows]
        .sort((a, b) => a.createIndex - b.createIndex)
        .flatMap((row): Member[] => {
          const value = memberValue(row);
          // Under another name than its session's: somebody else's key. Its own member mends it with its next renewal.
          if (row.session === undefined || row.path !== `${path}${row.session}` || !value) return [];
          return [{ sessionId: row.session, ...value }];
        });
    },

    async leases() {
      const rows = await calls.read([{ verb: 'get-tree', path: keys.leases }]);
      return rows.flatMap(row => leaseView(row, keys.leaseKeyOf(row.path), foreign));
    },

    epoch: () => world.fence.epoch(),
    newEpoch: above => world.fence.raise(above),

    async close() {
      await Promise.all([...sessions].map(session => session.close()));
      world.untold.close();
      await world.watch.close();
      calls.close();
    },
  };
}

/** A lease that somebody else's session locked is shown as well: people must find out why nobody of ours has it. */
function leaseView(row: KvRow, key: string, foreign: ForeignWrites): LeaseView[] {
  if (row.session === undefined) return [];
  const value = leaseValue(row);
  if (!value) foreign.tell(row.path, row.modifyIndex, 'is locked and holds what no holder wrote');
  const { name: holderName, epoch } = value ?? { name: 'not a holder of ours', epoch: 0 };
  return [{ key, holder: row.session, holderName, epoch, token: row.modifyIndex }];
}
